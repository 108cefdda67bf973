//! The test harness: the service as the program runs it, on its own files.

use std::{
    convert::Infallible,
    pin::{Pin, pin},
    task::{Context, Waker},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use boxoffice_clock::{Clock, Entropy, HandClock, Stopwatch, Timestamp};
use boxoffice_contracts::events::UserSaved;
use boxoffice_envelope::Origin;
use boxoffice_identity::{Issuer, Scopes};
use boxoffice_outbox::OutboxMessage;
use boxoffice_runtime::{Setup, System};
use boxoffice_settings::Settings;
use boxoffice_users::{
    commands::{CreateUser, SaveOwnProfile},
    domain::Profile,
    store::User,
};
use boxoffice_writer::{Command, CommandContext, ExpectedVersion, Failure, ReadSet, UnitOfWork, Writer};
use http_body_util::BodyExt;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

use crate::bookings;

/// The running service with the fake [`bookings`].
pub struct TestUsers {
    pub writer: Writer,
    pub hand: HandClock,
    router: Router,
    issuer: Issuer,
    pub system: System,
    _folder: TempDir,
}

/// The response of the HTTP API.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl TestUsers {
    pub async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (clock, hand) = Clock::by_hand(Timestamp::from_micros(1_900_000_000_000_000));
        let entropy = Entropy::seeded(7);
        let issuer = Issuer::open(&folder.path().join("issuer"), "http://localhost", clock.clone(), entropy.clone());
        let issuer = issuer.unwrap();
        let setup = Setup {
            folder: folder.path().to_owned(),
            settings: Settings::default(),
            clock,
            entropy,
            issuer: issuer.clone(),
            probe: None,
            delivery_faults: None,
        };
        let services = [boxoffice_users::service(), bookings::service()];
        let system = System::start(&services, &setup).await.unwrap();
        let users = system.service("users");
        let (writer, router) = (users.writer.clone(), users.router.clone());
        Self { writer, hand, router, issuer, system, _folder: folder }
    }

    /// A token of `subject` with `scopes`.
    pub fn token(&self, subject: &str, scopes: &str) -> String {
        let scopes: Scopes = scopes.parse().unwrap();
        self.issuer.token(subject, scopes, Duration::from_secs(3600))
    }

    /// Sends `METHOD /path` with `token`, further headers and a JSON body; an empty string sends no body.
    pub async fn ask_with(&self, what: &str, token: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let (method, path) = what.split_once(' ').unwrap();
        let mut request = Request::builder().method(method).uri(path);
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let (head, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
        Answer { status: head.status, headers: head.headers, body }
    }

    /// Sends a request without further headers.
    pub async fn ask(&self, what: &str, token: &str, body: &str) -> Answer {
        self.ask_with(what, token, &[], body).await
    }

    pub async fn run<C: Command>(&self, command: C) -> Result<C::Answer, Failure<C::Refusal>> {
        self.writer.run(Origin::default(), command).await
    }

    /// Queues `commands` while the writer is paused, so that it takes all of them as its next batch.
    pub async fn in_one_batch<C: Command>(
        &self,
        commands: impl IntoIterator<Item = C>,
    ) -> Vec<Result<C::Answer, Failure<C::Refusal>>> {
        let paused = self.writer.pause();
        let mut plug = pin!(self.run(Plug));
        queue(plug.as_mut());
        eventually("the plug is taken", async || self.writer.depth() == (0, 0)).await;
        let mut waiting: Vec<_> = commands.into_iter().map(|command| Box::pin(self.run(command))).collect();
        waiting.iter_mut().for_each(|future| queue(future.as_mut()));
        drop(paused);
        plug.await.unwrap();
        let mut outcomes = Vec::new();
        for future in waiting {
            outcomes.push(future.await);
        }
        outcomes
    }

    /// All users by id.
    pub async fn users(&self) -> Vec<User> {
        self.writer.database().select("ORDER BY id", Vec::new()).await.unwrap()
    }

    /// The published events in order.
    pub async fn published(&self) -> Vec<UserSaved> {
        self.outbox().await.into_iter().map(|row| row.message("users").read().unwrap()).collect()
    }

    pub async fn outbox(&self) -> Vec<OutboxMessage> {
        self.writer.database().select("ORDER BY position", Vec::new()).await.unwrap()
    }
}

/// Occupies the writer.
struct Plug;

impl Command for Plug {
    type Answer = ();
    type Refusal = Infallible;

    fn read_set(&self, _: &mut ReadSet<'_>) {}

    fn decide(&self, _: &mut UnitOfWork, _: &CommandContext) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Changes a row without the checks of the commands.
pub struct Tamper(pub i64, pub fn(&mut User));

impl Command for Tamper {
    type Answer = ();
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<User>(self.0.into());
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<(), Infallible> {
        self.1(work.edit::<User>(self.0.into()).unwrap());
        Ok(())
    }
}

/// Does to a row what a deletion does.
pub fn delete(user: &mut User) {
    (user.subject, user.email_key, user.deleted_at) = (None, None, Some(user.updated_at));
}

pub fn profile(name: &str, email: &str) -> Profile {
    Profile { name: name.into(), email: email.into(), address: Some("12 Secret Street".into()) }
}

pub fn create(subject: Option<&str>, name: &str, email: &str) -> CreateUser {
    CreateUser { subject: subject.map(Into::into), profile: profile(name, email) }
}

pub fn save(subject: &str, name: &str, email: &str) -> SaveOwnProfile {
    SaveOwnProfile { subject: subject.into(), profile: profile(name, email), expected: ExpectedVersion::Anything }
}

/// Polls a future once, which is when [`Writer::run`] queues its command.
fn queue<F: Future>(future: Pin<&mut F>) {
    assert!(future.poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

/// Waits until `holds`; fails when it takes longer than anything here may.
async fn eventually(what: &str, holds: impl AsyncFn() -> bool) {
    let watch = Stopwatch::start();
    while !holds().await {
        assert!(watch.elapsed() < Duration::from_secs(20), "waited too long: {what}");
        Clock::machine().sleep(Duration::from_millis(1)).await;
    }
}
