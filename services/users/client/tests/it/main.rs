//! Tests of the client with a users service that counts its requests.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{Router, routing::get};
use boxoffice_clock::{Clock, Entropy, Timestamp};
use boxoffice_contracts::UserId;
use boxoffice_envelope::Origin;
use boxoffice_http::{Problem, ServiceClients, codes, extract::Path};
use boxoffice_identity::Issuer;
use boxoffice_users_client::UsersClient;

/// The users service and its client.
struct Users {
    client: UsersClient,
    ids: Arc<Mutex<HashMap<String, i64>>>,
    requests: Arc<AtomicUsize>,
    _keys: tempfile::TempDir,
}

impl Users {
    fn start() -> Self {
        let keys = tempfile::tempdir().unwrap();
        let (clock, _) = Clock::manual(Timestamp::from_micros(1_900_000_000_000_000));
        let issuer = Issuer::open(keys.path(), "http://localhost:8080", clock.clone(), Entropy::seeded(1)).unwrap();
        let (ids, requests) = (Arc::new(Mutex::new(HashMap::<String, i64>::new())), Arc::new(AtomicUsize::new(0)));
        let (known, counter) = (ids.clone(), requests.clone());
        let find = get(async move |Path(subject): Path<String>| {
            counter.fetch_add(1, Ordering::SeqCst);
            let id = known.lock().unwrap().get(&subject).copied();
            id.map(|id| format!(r#"{{"id":{id}}}"#)).ok_or_else(|| Problem::new(&codes::NOT_FOUND, "no such user"))
        });
        let clients = ServiceClients::new(clock);
        clients.register("users", Router::new().route("/internal/users/by-subject/{subject}", find));
        let client = UsersClient::new(clients.client("users", issuer.credential("orders")));
        Self { client, ids, requests, _keys: keys }
    }

    fn set(&self, subject: &str, id: i64) {
        self.ids.lock().unwrap().insert(subject.to_owned(), id);
    }

    async fn user_id(&self, subject: &str) -> Option<UserId> {
        self.client.user_id(subject, &Origin::default()).await.unwrap()
    }

    async fn current_user_id(&self, subject: &str) -> Option<UserId> {
        self.client.current_user_id(subject, &Origin::default()).await.unwrap()
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_user_id_is_cached_and_an_unknown_subject_is_not() {
    let users = Users::start();
    assert_eq!(users.user_id("a/b").await, None);
    users.set("a/b", 7);
    for _ in 0..3 {
        assert_eq!(users.user_id("a/b").await, Some(UserId::from(7)));
    }
    assert_eq!(users.requests(), 2);
}

#[tokio::test]
async fn the_current_user_id_replaces_the_cached_one() {
    let users = Users::start();
    users.set("ann", 7);
    assert_eq!(users.user_id("ann").await, Some(UserId::from(7)));
    users.set("ann", 8);
    assert_eq!(users.user_id("ann").await, Some(UserId::from(7)));
    assert_eq!(users.current_user_id("ann").await, Some(UserId::from(8)));
    assert_eq!(users.user_id("ann").await, Some(UserId::from(8)));
    users.ids.lock().unwrap().clear();
    assert_eq!(users.current_user_id("ann").await, None);
    assert_eq!(users.user_id("ann").await, None);
}
