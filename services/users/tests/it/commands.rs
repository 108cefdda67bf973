use boxoffice_contracts::{UserId, events::UserSaved};
use boxoffice_outbox::OutboxMessage;
use boxoffice_users::store::User;
use boxoffice_users::{Refusal, commands::Saved};
use boxoffice_writer::{ConditionalRefused, Failure};

use crate::harness::*;

fn refusal<T: std::fmt::Debug>(outcome: Result<T, Failure<Refusal>>) -> Refusal {
    match outcome {
        Err(Failure::Refused(refusal)) => refusal,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[tokio::test]
async fn the_first_of_equal_addresses_in_one_batch_wins() {
    let service = start();
    let emails = ["ada@example.com", "Ada@Example.COM", "eve@example.com", "ada@example.com"];
    let outcomes = service.run_in_one_batch(emails.map(|email| create(None, "Ada", email))).await;
    let ids: Vec<_> = outcomes.into_iter().map(|outcome| outcome.map(|user| user.id.get())).collect();
    assert!(matches!(
        ids.as_slice(),
        [Ok(1), Err(Failure::Refused(Refusal::EmailTaken)), Ok(2), Err(Failure::Refused(Refusal::EmailTaken))]
    ));
    assert_eq!(
        (service.rows::<User>().await.len(), service.published_events::<UserSaved>().await.len()),
        (2, 2),
        "a refused command changes and publishes nothing"
    );
    assert_eq!(refusal(service.run(create(None, "Ada", "ADA@example.com")).await), Refusal::EmailTaken);
}

#[tokio::test]
async fn the_first_of_equal_subjects_in_one_batch_wins() {
    let service = start();
    let users = [create(Some("ada"), "Ada", "a@example.com"), create(Some("ada"), "Ada", "b@example.com")];
    let mut outcomes = service.run_in_one_batch(users).await;
    assert_eq!(refusal(outcomes.remove(1)), Refusal::SubjectTaken);
    assert_eq!(outcomes.remove(0).unwrap().subject.as_deref(), Some("ada"));
    let none = service.run_in_one_batch([create(None, "C", "c@example.com"), create(None, "D", "d@example.com")]).await;
    assert!(none.iter().all(Result::is_ok), "any number of users have no subject");
}

#[tokio::test]
async fn a_profile_saved_twice_in_one_batch_is_created_and_replaced() {
    let service = start();
    let saves = [save("ada", "Ada", "ada@example.com"), save("ada", "Ada L.", "Ada@example.com")];
    let saved: Vec<_> = service.run_in_one_batch(saves).await.into_iter().map(Result::unwrap).collect();
    let news: Vec<_> = saved.iter().map(|Saved { user, is_new }| (user.id.get(), *is_new, user.version)).collect();
    assert_eq!(news, [(1, true, 1), (1, false, 2)]);
    let [user] = service.rows::<User>().await.try_into().unwrap();
    assert_eq!((user.name.as_str(), user.email.as_str(), user.version), ("Ada L.", "Ada@example.com", 2));
    assert_eq!(refusal(service.run(create(Some("ada"), "Ada", "z@example.com")).await), Refusal::SubjectTaken);
}

#[tokio::test]
async fn an_address_can_be_used_after_its_user_changed_it() {
    let service = start();
    service.run(save("ada", "Ada", "ada@example.com")).await.unwrap();
    service.run(save("bob", "Bob", "bob@example.com")).await.unwrap();
    let early = [save("bob", "Bob", "ada@example.com"), save("ada", "Ada", "new@example.com")];
    let mut outcomes = service.run_in_one_batch(early).await;
    let refused = outcomes.remove(0);
    assert!(matches!(refused, Err(Failure::Refused(ConditionalRefused::Refused(Refusal::EmailTaken)))), "{refused:?}");
    assert!(outcomes.remove(0).is_ok());
    // Bob's row is changed before Ada's and takes what Ada leaves: the order of statements must not matter.
    let swap = [
        save("bob", "Robert", "bob@example.com"),
        save("ada", "Ada", "third@example.com"),
        save("bob", "Robert", "new@example.com"),
    ];
    assert!(service.run_in_one_batch(swap).await.iter().all(Result::is_ok));
    let emails: Vec<_> = service.rows::<User>().await.into_iter().map(|user| user.email).collect();
    assert_eq!(emails, ["third@example.com", "new@example.com"]);
}

#[tokio::test]
async fn the_address_and_the_subject_of_a_deleted_user_can_be_used_again() {
    let service = start();
    service.run(save("ada", "Ada", "ada@example.com")).await.unwrap();
    service.run(EditUser(1, delete)).await.unwrap();
    let Saved { user, is_new } = service.run(save("ada", "Ada", "ada@example.com")).await.unwrap();
    assert_eq!((user.id.get(), is_new), (2, true));
}

#[tokio::test]
async fn every_save_publishes_an_event_without_personal_data() {
    let service = start();
    service.run(create(None, "Grace Secret", "grace@example.com")).await.unwrap();
    service.run(save("ada", "Ada Secret", "ada@example.com")).await.unwrap();
    service.run(save("ada", "Ada Secret", "ada2@example.com")).await.unwrap();
    let published = |id: i64, subject: Option<&str>, version: i64| UserSaved {
        user_id: UserId::from(id),
        subject: subject.map(Into::into),
        deleted: false,
        version,
    };
    assert_eq!(
        service.published_events::<UserSaved>().await,
        [published(1, None, 1), published(2, Some("ada"), 1), published(2, Some("ada"), 2)]
    );
    for row in service.rows::<OutboxMessage>().await {
        assert!(!row.body.contains("Secret") && !row.body.contains("example.com"), "{}", row.body);
    }
}

#[tokio::test]
async fn the_constraints_of_the_table_refuse_duplicates() {
    let service = start();
    service.run(create(Some("ada"), "Ada", "ada@example.com")).await.unwrap();
    service.run(create(Some("bob"), "Bob", "bob@example.com")).await.unwrap();
    for tamper in [
        EditUser(2, |user| user.email_key = Some("ada@example.com".into())),
        EditUser(2, |user| user.subject = Some("ada".into())),
        EditUser(2, |user| user.deleted_at = Some(user.updated_at)),
    ] {
        let refused = service.run(tamper).await;
        assert!(matches!(refused, Err(Failure::Internal(_))), "{refused:?}");
    }
}
