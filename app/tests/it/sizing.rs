//! `sizes`: the size of every table.

use std::fs;

use boxoffice_database::Database;

use crate::cli::{
    book,
    program::{self, Serving, fresh_folder},
};

#[tokio::test]
async fn the_sizes_of_all_tables_add_up_to_the_file() {
    let data = fresh_folder("sizing");
    let mut serving = Serving::start(&data, &[], &[]).await;
    let token = program::token(&data, "demo", "customer", &[]);
    for _ in 0..3 {
        book(&serving, &token, "tok_ok").await;
    }
    let running = program::run_on(&data, &["sizes"]);
    assert_eq!((running.code, running.err.as_str()), (Some(0), ""), "{running:?}");
    let rows = |table: &str| {
        let line = running.out.lines().find(|line| line.split_whitespace().nth(1) == Some(table));
        let line = line.unwrap_or_else(|| panic!("{table} is not in\n{}", running.out));
        line.split_whitespace().nth(2).map(str::to_owned)
    };
    for (table, expected) in [("bookings", "3"), ("tickets", "3"), ("orders", "3"), ("order_history", "12")] {
        assert_eq!(rows(table).as_deref(), Some(expected), "{table} in\n{}", running.out);
    }

    assert_eq!(serving.terminate(), Some(0), "{}", serving.err());
    // The last process that closes a database checkpoints its log; the first `sizes` may be that process.
    assert_eq!(program::run_on(&data, &["sizes"]).code, Some(0));
    let stopped = program::run_on(&data, &["sizes"]);
    assert_eq!(stopped.code, Some(0), "{stopped:?}");
    // The sizes of all tables add up to the size of the file.
    for name in ["users", "inventory", "bookings", "orders", "payments", "notifications", "provider"] {
        let words = stopped.out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let sizes = words.filter(|words| words[0] == name).map(|words| match words[..] {
            [_, "(free)", bytes] => bytes.parse::<u64>().expect("a number"),
            [_, "(log)", "0"] => 0,
            [_, _, _, bytes, ..] => bytes.parse().expect("a number"),
            _ => panic!("unexpected line {words:?} of a closed database"),
        });
        let (sum, file) = (sizes.sum::<u64>(), fs::metadata(Database::file_in(&data, name)).expect("the file exists"));
        assert_eq!(sum, file.len(), "{name} in\n{}", stopped.out);
    }
}
