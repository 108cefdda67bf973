//! The lines of requests and responses.

use boxoffice_contracts::{Currency, Decimal, Lines, MAX_LINES, MoneyError, PricedLine, Quantity, RequestedLine};
use boxoffice_http::{Problem, codes};

use crate::domain::SeatRequest;

/// Checks the lines of a request.
///
/// # Errors
/// 400 that names the field: no line or more than [`MAX_LINES`], a quantity out of range, or a line that sets none or both
/// of `ticketTypeId` and `eventId`.
pub fn requested_seats(lines: &[RequestedLine]) -> Result<Vec<SeatRequest>, Problem> {
    if lines.is_empty() || lines.len() > MAX_LINES {
        let message = format!("expected 1 to {MAX_LINES} lines");
        return Err(Problem::field("lines", codes::field::LENGTH, message));
    }
    let check = |(index, line): (usize, &RequestedLine)| {
        let quantity = Quantity::new(line.quantity)
            .map_err(|e| Problem::field(format!("lines[{index}].quantity"), codes::field::RANGE, e.to_string()))?;
        let selection = line.selection().map_err(|e| {
            Problem::field(format!("lines[{index}].ticketTypeId"), codes::field::REQUIRED, e.to_string())
        })?;
        Ok(SeatRequest { selection, quantity })
    };
    lines.iter().enumerate().map(check).collect()
}

/// The lines of a response, and their total.
///
/// # Errors
/// 500 when an amount overflows, which the limits on prices and quantities exclude.
pub fn priced_lines(lines: &Lines, currency: Currency) -> Result<(Vec<PricedLine>, Decimal), Problem> {
    let convert = || -> Result<_, MoneyError> {
        let priced = lines.iter().map(|line| PricedLine::new(line, currency));
        Ok((priced.collect::<Result<_, MoneyError>>()?, lines.total(currency)?.decimal()))
    };
    convert().map_err(Problem::internal)
}
