use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use boxoffice_contracts::{BookingId, Decimal, EventId, PaymentToken, TicketTypeId, UserId, has_card_number};
use boxoffice_http::{
    FlightGuard, Problem, codes, created,
    extract::{Body, Caller, ETag, IdempotencyKeyHeader, Prefer},
};
use boxoffice_writer::{Effect, Failure, IdempotencyKey, Idempotent, IdempotentRefused};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{App, anothers, by_id, is_operator, shown::OrderOut};
use crate::{
    commands::{PlaceOrder, Recall},
    domain::MAX_LINES,
    error::{CARD_DATA_REFUSED, PRICE_CHANGED, PROFILE_MISSING, Refusal},
    neighbours::{Quote, QuoteLine},
    store::Order,
};

/// What is charged when the client does not say.
const DEFAULT_TOKEN: &str = "tok_ok";

/// What is ordered.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
#[schema(example = json!({"lines": [{"ticketTypeId": 1, "quantity": 2}], "paymentToken": "tok_ok"}))]
pub struct NewOrder {
    /// All of one organizer and one currency; all are had, or none.
    #[garde(length(min = 1, max = MAX_LINES), dive)]
    #[schema(min_items = 1, max_items = 20)]
    lines: Vec<OrderedLine>,
    /// Whose; another's than one's own is for operators.
    user_id: Option<UserId>,
    /// What the payment provider charges; `tok_ok` when it is left out. Never a card number.
    #[garde(inner(length(chars, min = 1, max = 255)))]
    #[schema(min_length = 1, max_length = 255)]
    payment_token: Option<String>,
    /// What the client takes the total for; when it differs from ours, nothing is ordered (`price-changed`).
    total: Option<Decimal>,
    /// Kept with the first step of the history.
    #[garde(inner(length(chars, max = 1000)))]
    #[schema(max_length = 1000)]
    note: Option<String>,
}

/// Tickets of a type, or of an event's first type.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct OrderedLine {
    /// The kind of ticket; or name `eventId` instead.
    ticket_type_id: Option<TicketTypeId>,
    /// Stands for the event's first ticket type.
    event_id: Option<EventId>,
    /// How many.
    #[garde(range(min = 1, max = 100))]
    #[schema(minimum = 1, maximum = 100)]
    quantity: u32,
    /// What the client takes the price of one for; when it differs from ours, nothing is ordered (`price-changed`).
    unit_price: Option<Decimal>,
}

/// Order tickets
///
/// The seats are not held yet: the answer shows the order as it is written down, and what becomes of it is seen by
/// reading it again, or by `Prefer: wait`. Its booking has the same id and may be 404 for a moment.
#[utoipa::path(post, path = "/api/v1/orders", tag = "orders", request_body = NewOrder,
    params(
        ("Idempotency-Key" = Option<String>, Header,
            description = "Repeated with the same key and body, the request has one effect"),
        ("Prefer" = Option<String>, Header,
            description = "`wait=5` waits at most 5 seconds, and never more than 30, for a final state")),
    responses(
        (status = 201, description = "Written down", body = OrderOut,
            headers(
                ("Location" = String, description = "Where the order is"),
                ("ETag" = String, description = "Its version, for `If-Match`"),
                ("Idempotency-Replayed" = Option<String>, description = "`true`: an earlier request had the effect"),
                ("Preference-Applied" = Option<String>, description = "The `wait` that was followed"))),
        (status = 400, description = "`invalid`, `mixed-lines`, `unknown-payment-token`, `card-data-refused`",
            body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: another's `userId`", body = Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "`not-found`: an event, ticket type or user that there is not", body = Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`profile-missing`, `not-on-sale`, `price-changed`", body = Problem,
            content_type = "application/problem+json"),
        (status = 422, description = "`key-reused`: the key came with another body", body = Problem,
            content_type = "application/problem+json"),
        Problem),
    security(("bearer" = ["customer"])))]
pub async fn place(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKeyHeader,
    prefer: Prefer,
    body: Body<NewOrder>,
) -> Result<Response, Problem> {
    is_operator(&caller)?;
    let key = key.bound(&caller, "POST /orders", &body);
    let (mut order, replayed) = attempt(&app, &caller, key, body.into_inner()).await?;
    if let Some(span) = prefer.wait.filter(|_| !order.status.is_final()) {
        let read = || by_id(&app, order.id);
        order = app
            .status_watch
            .wait(app.writer.clock(), order.id.get(), span, read, |order| order.status.is_final())
            .await?;
    }
    let location = format!("/api/v1/orders/{}", order.id);
    let applied = prefer.applied().map(|header| [header]);
    Ok((applied, ETag(order.version), created(&location, replayed, &OrderOut::of(&order)?)).into_response())
}

/// The order that the request made, or that an earlier one with its key made: `true` then.
async fn attempt(
    app: &App,
    caller: &Caller,
    key: Option<IdempotencyKey>,
    new: NewOrder,
) -> Result<(Order, bool), Problem> {
    // Until the effect is kept, whoever comes with the same key waits here, and then finds it.
    let mut flight: Option<FlightGuard> = None;
    if let Some(key) = key {
        flight = Some(app.single_flight.acquire(key.id).await);
        if let Some(id) = recall(app, caller, key).await? {
            return Ok((by_id(app, id).await?, true));
        }
    }
    let command = new.command(app, caller).await?;
    let effect = app.writer.run(caller.origin.clone(), Idempotent { key, command }).await?;
    drop(flight);
    match effect {
        Effect::Fresh(order) => Ok((order, false)),
        Effect::Replayed(id) => Ok((by_id(app, id.parse().map_err(Problem::internal)?).await?, true)),
    }
}

/// What a request with this key made before, if there was one.
async fn recall(app: &App, caller: &Caller, key: IdempotencyKey) -> Result<Option<BookingId>, Problem> {
    match app.writer.run(caller.origin.clone(), Idempotent { key: Some(key), command: Recall }).await {
        Ok(Effect::Replayed(id)) => id.parse().map(Some).map_err(Problem::internal),
        Ok(Effect::Fresh(nothing)) => match nothing {},
        Err(Failure::Refused(IdempotentRefused::Refused(Refusal::NothingToRecall))) => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}

impl NewOrder {
    /// Everything that is checked before anything is changed.
    async fn command(self, app: &App, caller: &Caller) -> Result<PlaceOrder, Problem> {
        let texts = [("paymentToken", &self.payment_token), ("note", &self.note)];
        for (field, text) in texts {
            if text.as_deref().is_some_and(|text| has_card_number(text.as_bytes())) {
                let problem = Problem::new(&CARD_DATA_REFUSED, "a field holds what looks like a card number");
                return Err(problem.with_field(field, codes::field::FORMAT, "looks like a card number"));
            }
        }
        let lines = self.lines.iter().enumerate().map(quote_line).collect::<Result<Vec<_>, _>>()?;
        let user = payer(app, caller, self.user_id).await?;
        let payment_token = PaymentToken::from(self.payment_token.clone().unwrap_or_else(|| DEFAULT_TOKEN.to_owned()));
        app.neighbours.must_know(&payment_token, &caller.origin).await?;
        let quote = app.neighbours.quote(&lines, &caller.origin).await?;
        self.must_agree(&quote)?;
        let Quote { lines, currency, organizer_id } = quote;
        Ok(PlaceOrder { user, organizer: organizer_id, lines, currency, payment_token, note: self.note })
    }

    /// The prices that the client names, if any, are those of the quote.
    fn must_agree(&self, quote: &Quote) -> Result<(), Problem> {
        let is = |named: Option<Decimal>, minor: i64| {
            named.is_none_or(|named| named.in_currency(quote.currency).is_ok_and(|named| named.minor == minor))
        };
        let changed = |field: String| {
            let problem = Problem::new(&PRICE_CHANGED, "the price is not what the request takes it for");
            Err(problem.with_field(field, codes::field::RANGE, "is not the price at this moment"))
        };
        for (index, (asked, quoted)) in self.lines.iter().zip(&quote.lines).enumerate() {
            if !is(asked.unit_price, quoted.unit_price_minor) {
                return changed(format!("lines[{index}].unitPrice"));
            }
        }
        let total = quote.lines.total(quote.currency).map_err(Refusal::from)?;
        if is(self.total, total.minor) { Ok(()) } else { changed("total".into()) }
    }
}

fn quote_line((index, line): (usize, &OrderedLine)) -> Result<QuoteLine, Problem> {
    let OrderedLine { ticket_type_id, event_id, quantity, .. } = *line;
    if ticket_type_id.is_some() == event_id.is_some() {
        let field = format!("lines[{index}].ticketTypeId");
        return Err(Problem::field(field, codes::field::REQUIRED, "expected either ticketTypeId or eventId"));
    }
    Ok(QuoteLine { ticket_type_id, event_id, quantity })
}

/// Whose order it is: the caller's, or the one's that an operator names.
async fn payer(app: &App, caller: &Caller, named: Option<UserId>) -> Result<UserId, Problem> {
    if let (true, Some(named)) = (is_operator(caller)?, named) {
        let known = app.neighbours.is_user(named, &caller.origin).await?;
        return if known {
            Ok(named)
        } else {
            Err(Problem::new(&codes::NOT_FOUND, format!("there is no user {named}")))
        };
    }
    let own = app.neighbours.user_at_present(caller.subject(), &caller.origin).await?;
    if named.is_some() && named != own {
        return Err(anothers());
    }
    own.ok_or_else(|| Problem::new(&PROFILE_MISSING, "this token has no profile yet: PUT /api/v1/users/me makes it"))
}
