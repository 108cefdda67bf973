//! Conditional commands: optimistic concurrency by the version of a row.

use boxoffice_writer::{Conditional, ConditionalRefused, ExpectedVersion, Failure};

use crate::harness::*;

fn seen<C>(expected: ExpectedVersion, command: C) -> Conditional<Quota, C> {
    Conditional { row: 1, expected, command }
}

fn changed<A: std::fmt::Debug>(outcome: Result<A, Failure<ConditionalRefused<Refusal>>>, version: Option<i64>) -> bool {
    matches!(outcome, Err(Failure::Refused(ConditionalRefused::Changed(found))) if found == version)
}

#[tokio::test]
async fn of_two_commands_that_expect_one_version_one_succeeds() {
    let folder = TestFolder::new();
    let writer = folder.writer();
    run(&writer, create_quota(1, 9)).await.unwrap();
    let both = [1, 2].map(|hold| seen(ExpectedVersion::OneOf(vec![1]), create_hold(1, hold, &hold.to_string())));
    let [first, second] = run_in_one_batch(&writer, both).await.try_into().unwrap();
    assert_eq!(first.unwrap(), 8);
    assert!(changed(second, Some(2)), "the second one sees the change of the first one");
    let late = seen(ExpectedVersion::OneOf(vec![1]), create_hold(1, 3, "3"));
    assert!(changed(run(&writer, late).await, Some(2)), "also in a later batch");
    let (quotas, holds) = (all::<Quota>(&writer).await, all::<Hold>(&writer).await);
    assert_eq!((quotas[0].taken, holds.len()), (1, 1), "the refused commands changed nothing");
    writer.stop();
}

#[tokio::test]
async fn a_matching_version_succeeds_and_a_refusal_takes_precedence() {
    let folder = TestFolder::new();
    let writer = folder.writer();
    for expected in [ExpectedVersion::Exists, ExpectedVersion::OneOf(vec![1])] {
        let other = run(&writer, seen(expected, create_hold(1, 1, "a"))).await;
        let refused = matches!(other, Err(Failure::Refused(ConditionalRefused::Refused(Refusal::TooEarly))));
        assert!(refused, "the refusal of the command takes precedence: {other:?}");
    }
    assert!(
        changed(run(&writer, seen(ExpectedVersion::Exists, create_quota(1, 9))).await, None),
        "the row does not exist"
    );
    run(&writer, seen(ExpectedVersion::Any, create_quota(1, 9))).await.unwrap();
    for (hold, expected) in
        [(1, ExpectedVersion::Any), (2, ExpectedVersion::Exists), (3, ExpectedVersion::OneOf(vec![1, 3]))]
    {
        run(&writer, seen(expected, create_hold(1, hold, &hold.to_string()))).await.unwrap();
    }
    assert!(changed(run(&writer, seen(ExpectedVersion::OneOf(Vec::new()), create_hold(1, 4, "4"))).await, Some(4)));
    writer.stop();
}
