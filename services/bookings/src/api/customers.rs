//! Whose a request is: by the copy that this service keeps, and by asking users where nothing has been heard yet.

use boxoffice_contracts::UserId;
use boxoffice_http::{Problem, codes, extract::Caller};
use boxoffice_identity::Scope;

use super::App;
use crate::{
    commands::RememberCustomer,
    error::{PROFILE_MISSING, unanswered},
    store::{self, Customer, Named},
};

impl App {
    /// The user that the caller's token stands for, if there is one.
    pub(super) async fn own_user(&self, caller: &Caller) -> Result<Option<UserId>, Problem> {
        let known = store::customer(self.database(), Named::Subject(caller.subject())).await?;
        self.own_user_or_ask(caller, known).await
    }

    async fn own_user_or_ask(&self, caller: &Caller, known: Option<Customer>) -> Result<Option<UserId>, Problem> {
        if let Some(known) = known {
            return Ok(Some(known.user_id));
        }
        let subject = caller.subject();
        let user = self.neighbours.user_of(subject, &caller.origin).await.map_err(unanswered)?;
        if let Some(user) = user {
            self.remember(user, Some(subject.to_owned()), caller).await;
        }
        Ok(user)
    }

    /// Whom a booking is for: `named` by an operator, else the user that the caller's token stands for. `known` is what
    /// the copy has of that one.
    pub(super) async fn buyer(
        &self,
        caller: &Caller,
        named: Option<UserId>,
        known: Option<Customer>,
    ) -> Result<UserId, Problem> {
        if let Some(named) = named.filter(|_| caller.has(Scope::Operator)) {
            return self.named_user(caller, named, known).await;
        }
        let own = self.own_user_or_ask(caller, known).await?;
        if named.is_some() && named != own {
            return Err(Problem::new(&codes::FORBIDDEN, "only operators may name another's `userId`"));
        }
        own.ok_or_else(|| Problem::new(&PROFILE_MISSING, "the token belongs to no user: make a profile first"))
    }

    async fn named_user(&self, caller: &Caller, named: UserId, known: Option<Customer>) -> Result<UserId, Problem> {
        let nobody = || Problem::new(&codes::NOT_FOUND, format!("there is no user {named}"));
        if let Some(known) = known {
            return if known.deleted { Err(nobody()) } else { Ok(named) };
        }
        let user = self.neighbours.user(named, &caller.origin).await.map_err(unanswered)?.ok_or_else(nobody)?;
        self.remember(user.id, user.subject, caller).await;
        Ok(user.id)
    }

    /// Keeps what users answered, so that it is not asked again. Nothing hangs on it.
    async fn remember(&self, user: UserId, subject: Option<String>, caller: &Caller) {
        let remember = RememberCustomer { user, subject };
        if let Err(failure) = self.writer.run(caller.origin.clone(), remember).await {
            tracing::debug!(%user, %failure, "a customer could not be remembered");
        }
    }
}
