use boxoffice_contracts::{
    Currency, Decimal, Item, Line, Lines, Reason,
    events::{InventoryReserved, OrderCreated},
};
use boxoffice_database::Json;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::{
    each_quota,
    free_places::give_back,
    read_quotas,
    take_hold::{must_be_on_sale, must_take_place, read_events, read_type},
};
use crate::{
    domain::{self, HoldStatus},
    error::Refusal,
    store::{Hold, Quota, TicketType},
};

/// An order asks for its places: its hold is claimed, or taken where there is none any more; all lines or none.
/// From here on the hold does not run out: payments owns the time. A hold that has not what is ordered, or whose event
/// was cancelled, is given back first.
pub struct ClaimHold(pub OrderCreated);

impl Command for ClaimHold {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        if let Some(hold) = reads.row::<Hold>(self.0.order_id) {
            read_events(&hold.lines, reads);
            read_quotas(&hold.lines, reads);
        }
        self.0.items.iter().for_each(|item| read_type(item.product_id, reads));
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        let order = &self.0;
        let known = work.get::<Hold>(order.order_id);
        let is_held = known.is_some_and(|hold| hold.status == HoldStatus::Held);
        if known.is_some_and(|hold| !is_held && !hold.may_be_taken_again()) {
            // Claimed or sold: heard before. Released: what this order was for has ended already.
            return Ok(());
        }
        let is_good = known.is_some_and(|hold| domain::is_for(&hold.lines, &order.items))
            && must_take_place(work, known.map_or(&[], |hold| &hold.lines)).is_ok();
        if is_held && is_good {
            let hold = work.edit::<Hold>(order.order_id).expect("it was there a moment ago");
            (hold.status, hold.expires_at) = (HoldStatus::Claimed, None);
            work.publish(&reserved(order, Ok(())), context);
            return Ok(());
        }
        if let Some(hold) = known.filter(|_| is_held).cloned() {
            give_back(work, &hold);
        }
        take(order, work, context)
    }
}

/// Takes the places for an order whose hold, if there is one, has none.
fn take(order: &OrderCreated, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
    let wanted = wanted(order, work).and_then(|lines| {
        must_be_on_sale(work, &lines, context.now)?;
        fits(work, &lines)?;
        Ok(lines)
    });
    let (lines, status, outcome) = match wanted {
        Ok(lines) => {
            each_quota(work, &lines, Quota::hold)?;
            (lines, HoldStatus::Claimed, Ok(()))
        }
        Err(refusal) => (Lines::default(), HoldStatus::Released, Err(domain::reason_of(&refusal))),
    };
    let reason = outcome.err();
    match work.edit::<Hold>(order.order_id) {
        Some(hold) => {
            (hold.status, hold.reason, hold.expires_at) = (status, reason, None);
            if reason.is_none() {
                hold.lines = Json(lines);
            }
        }
        None => work.insert(Hold {
            id: order.order_id,
            organizer_id: order.organizer_id,
            owner: context.origin.actor.clone(),
            lines: Json(lines),
            currency: order.currency,
            status,
            reason,
            taken_at: context.now,
            expires_at: None,
            extensions: 0,
            version: 1,
        }),
    }
    work.publish(&reserved(order, outcome), context);
    Ok(())
}

/// The order's lines, if they still are what is sold, at the price that the order knows.
fn wanted(order: &OrderCreated, work: &UnitOfWork) -> Result<Lines, Refusal> {
    let line = |item: &Item| -> Result<Line, Refusal> {
        let kind = work.get::<TicketType>(item.product_id);
        let kind = kind.ok_or_else(|| Refusal::NotFound { what: "ticket type", id: item.product_id.to_string() })?;
        let price = item.unit_price.in_currency(order.currency).map(|price| price.minor);
        if (kind.currency, Ok(kind.price_minor)) != (order.currency, price) {
            return Err(Refusal::PriceChanged);
        }
        Ok(domain::line(kind, item.quantity))
    };
    order.items.iter().map(line).collect()
}

/// Whether all lines fit together: several may draw from one quota.
fn fits(work: &UnitOfWork, lines: &Lines) -> Result<(), Refusal> {
    let mut quotas: Vec<Quota> = Vec::new();
    for line in lines {
        let id = super::quota_of(work, line.ticket_type_id);
        let index = quotas.iter().position(|quota| quota.id == id).unwrap_or_else(|| {
            quotas.push(work.get::<Quota>(id).expect("a ticket type's quota is never deleted").clone());
            quotas.len() - 1
        });
        quotas[index].hold(i64::from(line.quantity.get()))?;
    }
    Ok(())
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

/// What the lines come to; the order's own word where they do not add up, so that payments sees the difference.
fn amount(total: Option<i64>, currency: Currency, said: Decimal) -> Decimal {
    total.map_or(said, |minor| boxoffice_contracts::Money::new(minor, currency).decimal())
}
