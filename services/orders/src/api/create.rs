use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use boxoffice_contracts::{
    Decimal, EventId, MAX_LINES, PaymentToken, Quantity, RequestedLine, TicketTypeId, UserId, has_card_number,
};
use boxoffice_http::{
    Outcome, Problem, SingleFlightGuard, codes, created,
    extract::{Body, Caller, ETag, IdempotencyKeyHeader, Prefer},
    run_idempotent,
};
use boxoffice_writer::{IdempotencyKey, Idempotent, IdempotentRefused};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{App, by_id, is_operator, other_user, responses::OrderResponse};
use crate::{
    clients::Quote,
    commands::CreateOrder,
    error::{CARD_DATA_REFUSED, PRICE_CHANGED, PROFILE_MISSING, Refusal},
    store::{IdempotencyRecord, Order},
};

/// The payment token of a request without one.
const DEFAULT_PAYMENT_TOKEN: &str = "tok_ok";

/// An order without a prior booking.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
#[schema(example = json!({"lines": [{"ticketTypeId": 1, "quantity": 2}], "paymentToken": "tok_ok"}))]
pub struct CreateOrderRequest {
    /// The lines to order, all of one organizer and one currency. Either all of them are sold or none.
    #[garde(length(min = 1, max = MAX_LINES), dive)]
    #[schema(min_items = 1, max_items = 20)]
    lines: Vec<OrderLineRequest>,
    /// The user who pays; defaults to the caller. Only operators may name another user.
    user_id: Option<UserId>,
    /// The payment provider's token to charge; defaults to `tok_ok`. Never a card number.
    #[garde(inner(length(chars, min = 1, max = 255)))]
    #[schema(min_length = 1, max_length = 255)]
    payment_token: Option<String>,
    /// The total that the client expects. A different total is refused with `price-changed`.
    total: Option<Decimal>,
    /// A note, stored in the first entry of the history.
    #[garde(inner(length(chars, max = 1000)))]
    #[schema(max_length = 1000)]
    note: Option<String>,
}

/// One line of an order: a quantity of one ticket type, with the expected price.
#[derive(Clone, Copy, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct OrderLineRequest {
    /// The ticket type to buy. Leave it out when `eventId` is set.
    ticket_type_id: Option<TicketTypeId>,
    /// Selects the first ticket type of this event. Leave it out when `ticketTypeId` is set.
    event_id: Option<EventId>,
    /// The number of tickets.
    #[garde(range(min = 1, max = Quantity::MAX))]
    #[schema(minimum = 1, maximum = 100)]
    quantity: u32,
    /// The price of one ticket that the client expects. A different price is refused with `price-changed`.
    unit_price: Option<Decimal>,
}

/// Create an order
///
/// The seats are not held yet: the response shows the new order, and its status changes as the saga goes on. Read the
/// order again, or wait with `Prefer: wait`. Its booking has the same id and is opened a moment later.
#[utoipa::path(post, path = "/api/v1/orders", tag = "orders", request_body = CreateOrderRequest,
    params(
        ("Idempotency-Key" = Option<String>, Header,
            description = "A request repeated with the same key has one effect"),
        ("Prefer" = Option<String>, Header,
            description = "`wait=n`: wait at most n seconds (30 at most) for a final status")),
    responses(
        (status = 201, description = "The order is created", body = OrderResponse,
            headers(
                ("Location" = String, description = "Path of the order"),
                ("ETag" = String, description = "Version of the order, for `If-Match`"),
                ("Idempotency-Replayed" = Option<String>, description = "`true` when an earlier request had the effect"),
                ("Preference-Applied" = Option<String>, description = "`wait=n` when the response waited"))),
        (status = 400, description = "`invalid`, `mixed-lines`, `unknown-payment-token`, `card-data-refused`"),
        (status = 403, description = "`forbidden`: `userId` is another user"),
        (status = 404, description = "`not-found`: no such event, ticket type or user"),
        (status = 409, description = "`profile-missing`, `not-on-sale`, `price-changed`"),
        (status = 422, description = "`key-reused`: the key was used with another body")),
    security(("bearer" = ["customer"])))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKeyHeader,
    prefer: Prefer,
    body: Body<CreateOrderRequest>,
) -> Result<Response, Problem> {
    is_operator(&caller)?;
    let key = key.bound(&caller, "POST /orders", &body);
    let Outcome { value: mut order, replayed } = create_once(&app, caller, key, body.into_inner()).await?;
    if let Some(span) = prefer.wait.filter(|_| !order.status.is_final()) {
        let read = || by_id(&app, order.id);
        order = app
            .status_watch
            .wait(app.writer.clock(), order.id.get(), span, read, |order| order.status.is_final())
            .await?;
    }
    let location = format!("/api/v1/orders/{}", order.id);
    let applied = prefer.applied().map(|header| [header]);
    Ok((applied, ETag(order.version), created(&location, replayed, &OrderResponse::new(&order)?)).into_response())
}

/// Creates the order, or finds the one that an earlier request with the key created.
async fn create_once(
    app: &App,
    caller: Caller,
    key: Option<IdempotencyKey>,
    request: CreateOrderRequest,
) -> Result<Outcome<Order>, Problem> {
    // A concurrent request with the same key waits here until this one has finished, and then finds its effect.
    let mut attempt: Option<SingleFlightGuard> = None;
    if let Some(key) = key {
        attempt = Some(app.single_flight.acquire(key.id).await);
        if let Some(order) = find_replay(app, key).await? {
            return Ok(Outcome { value: order, replayed: true });
        }
    }
    let command = request.command(app, &caller).await?;
    let request = Idempotent { key, command };
    let outcome = run_idempotent(&app.writer, caller.origin, request, |id| by_id(app, id)).await;
    drop(attempt);
    outcome
}

/// The order that an earlier request with this key created, found before other services are called.
async fn find_replay(app: &App, key: IdempotencyKey) -> Result<Option<Order>, Problem> {
    let Some(record) = app.writer.database().get::<IdempotencyRecord>(key.id).await? else { return Ok(None) };
    if record.fingerprint != key.fingerprint {
        return Err(IdempotentRefused::<Refusal>::KeyReused.into());
    }
    by_id(app, record.resource_id.parse().map_err(Problem::internal)?).await.map(Some)
}

impl CreateOrderRequest {
    /// Checks the request against the other services, before anything is changed.
    async fn command(self, app: &App, caller: &Caller) -> Result<CreateOrder, Problem> {
        self.refuse_card_data()?;
        let lines = self.lines.iter().enumerate().map(OrderLineRequest::requested).collect::<Result<Vec<_>, _>>()?;
        let user = payer(app, caller, self.user_id).await?;
        let token = self.payment_token.clone().unwrap_or_else(|| DEFAULT_PAYMENT_TOKEN.to_owned());
        let payment_token = PaymentToken::from(token);
        app.clients.payments.require_token(&payment_token, &caller.origin).await?;
        let quote = app.clients.inventory.quote(&lines, &caller.origin).await?;
        self.check_prices(&quote)?;
        let Quote { lines, currency, organizer_id } = quote;
        Ok(CreateOrder { user, organizer: organizer_id, lines, currency, payment_token, note: self.note })
    }

    fn refuse_card_data(&self) -> Result<(), Problem> {
        for (field, text) in [("paymentToken", &self.payment_token), ("note", &self.note)] {
            if text.as_deref().is_some_and(|text| has_card_number(text.as_bytes())) {
                let problem = Problem::new(&CARD_DATA_REFUSED, "a text in the body looks like a card number");
                return Err(problem.with_field(field, codes::field::FORMAT, "looks like a card number"));
            }
        }
        Ok(())
    }

    /// Refuses a quote whose prices differ from those that the client expects.
    fn check_prices(&self, quote: &Quote) -> Result<(), Problem> {
        let is = |expected: Option<Decimal>, minor: i64| {
            expected.is_none_or(|expected| {
                expected.in_currency(quote.currency).is_ok_and(|expected| expected.minor == minor)
            })
        };
        let changed = |field: String| {
            let problem = Problem::new(&PRICE_CHANGED, "the current price differs from the price in the request");
            Err(problem.with_field(field, codes::field::RANGE, "differs from the current price"))
        };
        for (index, (requested, quoted)) in self.lines.iter().zip(&quote.lines).enumerate() {
            if !is(requested.unit_price, quoted.unit_price_minor) {
                return changed(format!("lines[{index}].unitPrice"));
            }
        }
        let total = quote.lines.total(quote.currency).map_err(Refusal::from)?;
        if is(self.total, total.minor) { Ok(()) } else { changed("total".into()) }
    }
}

impl OrderLineRequest {
    /// The line without its price, as inventory quotes it; `index` is its position in the request.
    fn requested((index, line): (usize, &Self)) -> Result<RequestedLine, Problem> {
        let Self { ticket_type_id, event_id, quantity, .. } = *line;
        let requested = RequestedLine { ticket_type_id, event_id, quantity };
        match requested.selection() {
            Ok(_) => Ok(requested),
            Err(error) => {
                let field = format!("lines[{index}].ticketTypeId");
                Err(Problem::field(field, codes::field::REQUIRED, error.to_string()))
            }
        }
    }
}

/// The user who pays: `requested` by an operator, otherwise the user of the caller's token.
async fn payer(app: &App, caller: &Caller, requested: Option<UserId>) -> Result<UserId, Problem> {
    if let (true, Some(requested)) = (is_operator(caller)?, requested) {
        let exists = app.clients.users.exists(requested, &caller.origin).await?;
        return if exists {
            Ok(requested)
        } else {
            Err(Problem::new(&codes::NOT_FOUND, format!("user {requested} not found")))
        };
    }
    let own = app.clients.users.current_user_id(caller.subject(), &caller.origin).await?;
    if requested.is_some() && requested != own {
        return Err(other_user());
    }
    own.ok_or_else(|| Problem::new(&PROFILE_MISSING, "the token belongs to no user: create a profile first"))
}
