use boxoffice_contracts::{
    Currency, Decimal, Item, Line, Lines, Reason,
    events::{InventoryReserved, OrderCreated},
};
use boxoffice_database::Json;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::{
    lines::{must_be_on_sale, must_take_place, priced_line, read_events, read_ticket_type},
    not_found,
    transition::{self, must_fit, read_hold},
};
use crate::{
    domain::{HoldInput, matches_order, reason_of},
    error::Refusal,
    store::{Hold, TicketType},
};

/// Claims the seats of an order: those of its hold, or available seats when it has no hold any more; all lines or none.
/// A claimed hold does not expire: payments owns the deadline from here on. A hold that does not match the order, or whose
/// event was cancelled, is released first.
pub struct ClaimHold(pub OrderCreated);

impl Command for ClaimHold {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        if let Some(hold) = read_hold(self.0.order_id, reads) {
            read_events(&hold.hold_lines, reads);
        }
        self.0.items.iter().for_each(|item| read_ticket_type(item.product_id, reads));
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        let order = &self.0;
        let stored = work.get::<Hold>(order.order_id).cloned();
        let mut hold = stored.unwrap_or_else(|| {
            let owner = context.origin.actor.clone();
            Hold::untaken(order.order_id, order.organizer_id, owner, order.currency, context.now)
        });
        let is_usable =
            matches_order(&hold.hold_lines, &order.items) && must_take_place(work, &hold.hold_lines).is_ok();
        if is_usable && let Some(claim) = hold.state().apply(HoldInput::Claim) {
            transition::apply(work, hold.id, claim, &[])?;
            work.publish(&reserved(order, Ok(())), context);
            return Ok(());
        }
        if let Some(release) = hold.state().apply(HoldInput::Release) {
            hold = transition::apply(work, hold.id, release, &hold.hold_lines)?.clone();
        }
        // A hold that cannot be retaken is claimed or sold, so the message is a duplicate, or its order has ended.
        if hold.state().is_retakable() { take_seats(order, hold, work, context) } else { Ok(()) }
    }
}

/// Takes the seats of an order whose hold has none, or records why the order does not get them.
fn take_seats(
    order: &OrderCreated,
    mut hold: Hold,
    work: &mut UnitOfWork,
    context: &CommandContext,
) -> Result<(), Refusal> {
    let available = ordered_lines(order, work).and_then(|lines| {
        must_be_on_sale(work, &lines, context.now)?;
        must_fit(work, &lines)?;
        Ok(lines)
    });
    let (input, outcome) = match available {
        Ok(lines) => {
            hold.hold_lines = Json(lines);
            (HoldInput::Retake, Ok(()))
        }
        Err(refusal) => {
            let reason = reason_of(&refusal);
            (HoldInput::Refuse { reason }, Err(reason))
        }
    };
    if let Some(transition) = hold.state().apply(input) {
        transition::store(work, hold, transition)?;
        work.publish(&reserved(order, outcome), context);
    }
    Ok(())
}

/// The lines of the order at current prices.
///
/// # Errors
/// [`Refusal::NotFound`] for an unknown ticket type, [`Refusal::PriceChanged`] when a price or the currency differs from
/// that of the order.
fn ordered_lines(order: &OrderCreated, work: &UnitOfWork) -> Result<Lines, Refusal> {
    let line = |item: &Item| -> Result<Line, Refusal> {
        let ticket_type = work.get::<TicketType>(item.product_id);
        let ticket_type = ticket_type.ok_or_else(|| not_found("ticket type", item.product_id))?;
        let price = item.unit_price.in_currency(order.currency).map(|price| price.minor);
        if (ticket_type.currency, Ok(ticket_type.price_minor)) != (order.currency, price) {
            return Err(Refusal::PriceChanged);
        }
        Ok(priced_line(ticket_type, item.quantity))
    };
    order.items.iter().map(line).collect()
}

fn reserved(order: &OrderCreated, outcome: Result<(), Reason>) -> InventoryReserved {
    let OrderCreated { order_id, customer_id, organizer_id, currency, .. } = *order;
    let only = if let [item] = order.items.as_slice() { Some(item) } else { None };
    let total: Option<i64> = order.items.iter().try_fold(0_i64, |sum, item| {
        let price = item.unit_price.in_currency(currency).ok()?.times(item.quantity).ok()?;
        sum.checked_add(price.minor)
    });
    InventoryReserved {
        order_id,
        product_id: only.map(|item| item.product_id),
        quantity: only.map(|item| item.quantity),
        lines: order.items.clone(),
        success: outcome.is_ok(),
        message: match outcome {
            Ok(()) => "Inventory reserved successfully".into(),
            Err(reason) => format!("Inventory not reserved: {reason}"),
        },
        reason: outcome.err(),
        amount: amount(total, currency, order.total_amount),
        currency,
        customer_id,
        organizer_id,
        payment_token: order.payment_token.clone(),
    }
}

/// The total of the lines; the total of the order when they do not add up, so that payments detects the difference.
fn amount(total: Option<i64>, currency: Currency, order_total: Decimal) -> Decimal {
    total.map_or(order_total, |minor| boxoffice_contracts::Money::new(minor, currency).decimal())
}

#[cfg(test)]
mod tests {
    use boxoffice_contracts::{OrganizerId, UserId, events::PlacedThrough};

    use super::*;
    use crate::{
        commands::testing::{context, hold, id, lines, seats, status, work},
        domain::HoldStatus,
    };

    fn order(price_minor: i64) -> OrderCreated {
        let lines = lines(2).iter().map(|line| Line { unit_price_minor: price_minor, ..line.clone() }).collect();
        OrderCreated {
            order_id: id(),
            customer_id: UserId::from(7),
            items: Item::from_lines(&lines, Currency::EUR),
            total_amount: boxoffice_contracts::Money::new(2 * price_minor, Currency::EUR).decimal(),
            currency: Currency::EUR,
            organizer_id: OrganizerId::from(1),
            placed_through: PlacedThrough::Bookings,
            payment_token: "tok_ok".to_owned().into(),
        }
    }

    /// The status of the hold, the held and sold seats, and the published outcomes.
    fn claimed(mut work: UnitOfWork, price_minor: i64) -> (HoldStatus, (i64, i64), Vec<Option<Reason>>) {
        ClaimHold(order(price_minor)).decide(&mut work, &context()).unwrap();
        let outcomes = work.published().iter().map(|message| message.read::<InventoryReserved>().unwrap().reason);
        (status(&work), seats(&work), outcomes.collect())
    }

    #[test]
    fn a_held_hold_is_claimed_once() {
        let first = claimed(work(2, 0).with_row(hold(HoldStatus::Held)), 2550);
        assert_eq!(first, (HoldStatus::Claimed, (2, 0), vec![None]));
        let duplicate = claimed(work(2, 0).with_row(hold(HoldStatus::Claimed)), 2550);
        assert_eq!(duplicate, (HoldStatus::Claimed, (2, 0), vec![]));
    }

    #[test]
    fn an_expired_or_missing_hold_takes_available_seats() {
        let expected = (HoldStatus::Claimed, (2, 0), vec![None]);
        assert_eq!(claimed(work(0, 0).with_row(hold(HoldStatus::Expired)), 2550), expected);
        assert_eq!(claimed(work(0, 0).without_row::<Hold>(id()), 2550), expected);
    }

    #[test]
    fn an_order_without_seats_is_refused_with_the_reason() {
        let sold_out = claimed(work(0, 4).with_row(hold(HoldStatus::Expired)), 2550);
        assert_eq!(sold_out, (HoldStatus::Released, (0, 4), vec![Some(Reason::SoldOut)]));
        let price_changed = claimed(work(0, 0).without_row::<Hold>(id()), 2000);
        assert_eq!(price_changed, (HoldStatus::Released, (0, 0), vec![Some(Reason::PriceChanged)]));
    }
}
