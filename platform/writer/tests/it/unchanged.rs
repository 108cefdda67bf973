//! A change that is meant for a row as it was seen has its effect on no other.

use boxoffice_writer::{Conditional, ConditionalRefused, ExpectedVersion, Failure};

use crate::setting::*;

fn seen<C>(expected: ExpectedVersion, command: C) -> Conditional<Quota, C> {
    Conditional { row: 1, expected, command }
}

fn changed<A: std::fmt::Debug>(outcome: Result<A, Failure<ConditionalRefused<No>>>, version: Option<i64>) -> bool {
    matches!(outcome, Err(Failure::Refused(ConditionalRefused::Changed(found))) if found == version)
}

#[tokio::test]
async fn of_two_that_have_seen_the_same_one_has_an_effect() {
    let place = Place::new();
    let writer = place.writer();
    run(&writer, open_quota(1, 9)).await.unwrap();
    let both = [1, 2].map(|hold| seen(ExpectedVersion::OneOf(vec![1]), take(1, hold, &hold.to_string())));
    let [first, second] = in_one_batch(&writer, both).await.try_into().unwrap();
    assert_eq!(first.unwrap(), 8);
    assert!(changed(second, Some(2)), "the second one sees what the first one did");
    let late = seen(ExpectedVersion::OneOf(vec![1]), take(1, 3, "3"));
    assert!(changed(run(&writer, late).await, Some(2)), "in a batch of its own, too");
    let (quotas, holds) = (all::<Quota>(&writer).await, all::<Hold>(&writer).await);
    assert_eq!((quotas[0].taken, holds.len()), (1, 1), "who came too late left nothing behind");
    writer.stop();
}

#[tokio::test]
async fn what_fits_is_done_and_what_is_refused_anyway_says_no_more() {
    let place = Place::new();
    let writer = place.writer();
    for expected in [ExpectedVersion::Exists, ExpectedVersion::OneOf(vec![1])] {
        let stranger = run(&writer, seen(expected, take(1, 1, "a"))).await;
        let refused = matches!(stranger, Err(Failure::Refused(ConditionalRefused::Refused(No::TooEarly))));
        assert!(refused, "the rules of the command come first: {stranger:?}");
    }
    assert!(changed(run(&writer, seen(ExpectedVersion::Exists, open_quota(1, 9))).await, None), "there is no row yet");
    run(&writer, seen(ExpectedVersion::Any, open_quota(1, 9))).await.unwrap();
    for (hold, expected) in
        [(1, ExpectedVersion::Any), (2, ExpectedVersion::Exists), (3, ExpectedVersion::OneOf(vec![1, 3]))]
    {
        run(&writer, seen(expected, take(1, hold, &hold.to_string()))).await.unwrap();
    }
    assert!(changed(run(&writer, seen(ExpectedVersion::OneOf(Vec::new()), take(1, 4, "4"))).await, Some(4)));
    writer.stop();
}
