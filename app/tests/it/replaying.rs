//! Listing and replaying messages from the command line.

use crate::cli::{
    book,
    program::{self, Serving, fresh_folder},
};

#[tokio::test]
async fn messages_are_listed_and_replayed() {
    let data = fresh_folder("replaying");
    let mut serving = Serving::start(&data, &[], &[]).await;
    let token = program::token(&data, "demo", "customer", &[]);
    let booking = book(&serving, &token, "tok_ok").await.1["id"].as_str().expect("the booking was created").to_owned();
    let other =
        book(&serving, &token, "tok_declined").await.1["id"].as_str().expect("the booking was created").to_owned();
    assert_eq!(program::run_on(&data, &["verify"]).code, Some(0));
    let outbox = |arguments: &[&str]| program::run_on(&data, &[&["outbox"], arguments].concat());

    let listed = outbox(&["list", "--since", "1h"]);
    assert_eq!((listed.code, listed.err.as_str()), (Some(0), ""), "{listed:?}");
    let line = listed.out.lines().find(|line| line.contains("OrderConfirmedEvent"));
    let line = line.unwrap_or_else(|| panic!("no OrderConfirmedEvent is listed in\n{}", listed.out));
    assert!(line.starts_with("orders/") && line.contains(&booking) && line.contains("notifications"), "{line}");
    let of_one = outbox(&["list", "--since", "2020-01-01T00:00:00Z", "--key", &other, "--from", "orders"]).out;
    assert!(of_one.lines().all(|line| line.contains(&other)) && of_one.contains("OrderFailedEvent"), "{of_one}");
    assert!(outbox(&["list", "--since", "0s"]).out.starts_with("No message with a consumer"));

    let again = outbox(&["replay", "--since", "1h"]);
    assert_eq!((again.code, again.err.as_str()), (Some(0), ""), "{again:?}");
    let (delivered, rest) = again.out.split_once(' ').expect("the output has several words");
    assert_eq!(rest, "delivered, 0 changed data, 0 skipped, 0 refused\n");
    let to_one = outbox(&["replay", "--since", "1h", "--to", "bookings", "--key", &booking]).out;
    let to_one = to_one.split(' ').next().expect("the output has several words");
    let (all, some): (u64, u64) = (delivered.parse().expect("a number"), to_one.parse().expect("a number"));
    assert!((1..all).contains(&some), "{some} of {all}");
    assert_eq!(program::run_on(&data, &["verify"]).code, Some(0));

    assert_eq!(serving.terminate(), Some(0), "{}", serving.err());
    let stopped = outbox(&["replay", "--since", "1h"]);
    assert!(stopped.code == Some(1) && stopped.err.contains("start the system first"), "{stopped:?}");
}
