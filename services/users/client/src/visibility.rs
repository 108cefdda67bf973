use boxoffice_contracts::UserId;
use boxoffice_http::{Problem, codes, extract::Caller};
use boxoffice_identity::Scope;

/// The users whose data a caller may see: all users for an operator, only their own user for a customer.
///
/// A handler determines it once and applies it to a single row or to a list:
///
/// ```
/// use boxoffice_contracts::UserId;
/// use boxoffice_http::{Problem, codes, extract::Caller};
/// use boxoffice_users_client::{UsersClient, Visibility};
///
/// struct Order {
///     user_id: UserId,
/// }
///
/// /// A single row: the row of another user is refused like a row that does not exist.
/// async fn read(users: &UsersClient, caller: &Caller, order: Order) -> Result<Order, Problem> {
///     let visibility = users.visibility(caller).await?;
///     if visibility.includes(order.user_id) {
///         return Ok(order);
///     }
///     Err(Problem::new(&codes::NOT_FOUND, "no order has this id"))
/// }
///
/// /// A list with the filter `userId`: the `user` of the database query, or an empty page.
/// async fn list(users: &UsersClient, caller: &Caller, user_id: Option<UserId>) -> Result<Vec<Order>, Problem> {
///     let user = match users.visibility(caller).await?.narrow(user_id)? {
///         Visibility::All => None,
///         Visibility::Only(user) => Some(user),
///         Visibility::Nothing => return Ok(Vec::new()),
///     };
///     orders_of(user).await
/// }
/// # async fn orders_of(_: Option<UserId>) -> Result<Vec<Order>, Problem> { Ok(Vec::new()) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// The data of all users: the caller is an operator.
    All,
    /// The data of this user.
    Only(UserId),
    /// No data: the caller is a customer whose subject belongs to no user.
    Nothing,
}

impl Visibility {
    /// The visibility of a caller. `own_user` looks up the user of the caller's token, `None` when there is no such user;
    /// it is not awaited for an operator. Most services pass no future of their own and call
    /// [`UsersClient::visibility`](crate::UsersClient::visibility).
    ///
    /// # Errors
    /// [`codes::FORBIDDEN`] when the token has neither the scope `operator` nor `customer`, and the error of `own_user`.
    pub async fn of<E>(
        caller: &Caller,
        own_user: impl Future<Output = Result<Option<UserId>, E>>,
    ) -> Result<Self, Problem>
    where
        Problem: From<E>,
    {
        if caller.has(Scope::Operator) {
            return Ok(Self::All);
        }
        caller.require(Scope::Customer)?;
        Ok(own_user.await?.map_or(Self::Nothing, Self::Only))
    }

    /// Whether the caller may see the data of `user`.
    pub fn includes(self, user: UserId) -> bool {
        self == Self::All || self == Self::Only(user)
    }

    /// The visibility that remains when a list is restricted to the user `requested`; `None` restricts nothing.
    ///
    /// # Errors
    /// [`codes::FORBIDDEN`] when the caller may not see the data of `requested`.
    pub fn narrow(self, requested: Option<UserId>) -> Result<Self, Problem> {
        match requested {
            None => Ok(self),
            Some(user) if self.includes(user) => Ok(Self::Only(user)),
            Some(_) => Err(Problem::new(
                &codes::FORBIDDEN,
                "only an operator may request the data of another user: omit `userId`, or send your own",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, sync::Arc};

    use boxoffice_envelope::Origin;
    use boxoffice_identity::{Principal, Scopes};

    use super::*;

    fn ann() -> UserId {
        UserId::from(7)
    }

    fn bob() -> UserId {
        UserId::from(8)
    }

    fn caller(scope: Scope) -> Caller {
        let principal = Principal { subject: "ann".to_owned(), scopes: Scopes::from(scope) };
        Caller { principal: Arc::new(principal), origin: Origin::default() }
    }

    async fn visibility(scope: Scope, user: Option<UserId>) -> Result<Visibility, Problem> {
        Visibility::of(&caller(scope), async { Ok::<_, Problem>(user) }).await
    }

    #[tokio::test]
    async fn an_operator_sees_all_without_a_lookup() {
        let is_awaited = Cell::new(false);
        let lookup = async {
            is_awaited.set(true);
            Ok::<_, Problem>(None)
        };
        assert_eq!(Visibility::of(&caller(Scope::Operator), lookup).await.unwrap(), Visibility::All);
        assert!(!is_awaited.get());
    }

    #[tokio::test]
    async fn a_customer_sees_what_belongs_to_the_user_of_the_token() {
        assert_eq!(visibility(Scope::Customer, Some(ann())).await.unwrap(), Visibility::Only(ann()));
        assert_eq!(visibility(Scope::Customer, None).await.unwrap(), Visibility::Nothing);
    }

    #[tokio::test]
    async fn an_organizer_is_refused() {
        assert_eq!(visibility(Scope::Organizer, Some(ann())).await.unwrap_err().code, &codes::FORBIDDEN);
    }

    #[tokio::test]
    async fn a_failed_lookup_is_passed_on() {
        let failed = async { Err::<Option<UserId>, _>(Problem::new(&codes::UNAVAILABLE, "the users service is down")) };
        let problem = Visibility::of(&caller(Scope::Customer), failed).await.unwrap_err();
        assert_eq!(problem.code, &codes::UNAVAILABLE);
    }

    #[test]
    fn a_list_is_narrowed_only_to_a_visible_user() {
        let narrow = |visibility: Visibility, user| visibility.narrow(user).map_err(|problem| problem.code.status);
        assert_eq!(narrow(Visibility::All, None), Ok(Visibility::All));
        assert_eq!(narrow(Visibility::All, Some(bob())), Ok(Visibility::Only(bob())));
        assert_eq!(narrow(Visibility::Only(ann()), None), Ok(Visibility::Only(ann())));
        assert_eq!(narrow(Visibility::Only(ann()), Some(ann())), Ok(Visibility::Only(ann())));
        assert_eq!(narrow(Visibility::Only(ann()), Some(bob())), Err(403));
        assert_eq!(narrow(Visibility::Nothing, None), Ok(Visibility::Nothing));
        assert_eq!(narrow(Visibility::Nothing, Some(ann())), Err(403));
    }
}
