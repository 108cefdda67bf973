//! The user of a request: from the copy in this service, or from users when there is no copy yet.

use boxoffice_contracts::UserId;
use boxoffice_http::{Problem, codes, extract::Caller};
use boxoffice_identity::Scope;

use super::App;
use crate::{
    commands::CacheCustomer,
    error::{PROFILE_MISSING, read_failed},
    store::{self, Customer, CustomerKey},
};

impl App {
    /// The user of the caller's token; `None` when no user has its subject.
    pub(super) async fn own_user(&self, caller: &Caller) -> Result<Option<UserId>, Problem> {
        let known = store::customer(self.database(), CustomerKey::Subject(caller.subject())).await?;
        self.own_user_or_fetch(caller, known).await
    }

    async fn own_user_or_fetch(&self, caller: &Caller, known: Option<Customer>) -> Result<Option<UserId>, Problem> {
        if let Some(known) = known {
            return Ok(Some(known.user_id));
        }
        let subject = caller.subject();
        let user = self.clients.users.user_id(subject, &caller.origin).await.map_err(read_failed)?;
        if let Some(user) = user {
            self.cache(user, Some(subject.to_owned()), caller).await;
        }
        Ok(user)
    }

    /// The user to book for: `requested` by an operator, otherwise the user of the caller's token. `known` is the copy of
    /// that user, if there is one.
    pub(super) async fn buyer(
        &self,
        caller: &Caller,
        requested: Option<UserId>,
        known: Option<Customer>,
    ) -> Result<UserId, Problem> {
        if let Some(requested) = requested.filter(|_| caller.has(Scope::Operator)) {
            return self.requested_user(caller, requested, known).await;
        }
        let own = self.own_user_or_fetch(caller, known).await?;
        if requested.is_some() && requested != own {
            return Err(Problem::new(&codes::FORBIDDEN, "only operators may set `userId` to another user"));
        }
        own.ok_or_else(|| Problem::new(&PROFILE_MISSING, "the token belongs to no user: create a profile first"))
    }

    async fn requested_user(
        &self,
        caller: &Caller,
        requested: UserId,
        known: Option<Customer>,
    ) -> Result<UserId, Problem> {
        let not_found = || Problem::new(&codes::NOT_FOUND, format!("user {requested} not found"));
        if let Some(known) = known {
            return if known.deleted { Err(not_found()) } else { Ok(requested) };
        }
        let user = self.clients.users.user(requested, &caller.origin).await.map_err(read_failed)?;
        let user = user.ok_or_else(not_found)?;
        self.cache(user.id, user.subject, caller).await;
        Ok(user.id)
    }

    /// Stores the answer of users, to save the next call. A failure is only logged.
    async fn cache(&self, user: UserId, subject: Option<String>, caller: &Caller) {
        if let Err(failure) = self.writer.run(caller.origin.clone(), CacheCustomer { user, subject }).await {
            tracing::debug!(%user, %failure, "could not cache customer; the next request asks users again");
        }
    }
}
