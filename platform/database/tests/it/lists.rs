//! Pagination: every row is on exactly one page, in any order.

use boxoffice_database::{Listing, Order, to_value};

use crate::harness::*;

#[tokio::test]
async fn every_row_is_on_one_page_in_either_direction() {
    let file = TestDatabase::new();
    let database = file.open();
    let texts = ["b", "a", "b", "c", "a", "b", "a"];
    let lines: Vec<Line> = (1..).zip(texts).map(|(number, text)| line(number, text)).collect();
    let changes: Vec<_> = lines.iter().map(insert).collect();
    commit(database.session().unwrap().as_mut(), &changes).unwrap();
    for (column, descending, expected) in [
        ("number", false, [1, 2, 3, 4, 5, 6, 7]),
        ("number", true, [7, 6, 5, 4, 3, 2, 1]),
        ("text", false, [2, 5, 7, 1, 3, 6, 4]),
        ("text", true, [4, 6, 3, 1, 7, 5, 2]),
    ] {
        let mut order = Order { column, descending, after: None };
        let mut found = Vec::new();
        loop {
            let (tail, args) = Listing::default().page::<Line>(&order, 2);
            let page = database.select::<Line>(&tail, args).await.unwrap();
            let Some(last) = page.last() else { break };
            let value = if column == "text" { to_value(&last.text) } else { to_value(&last.number) };
            order.after = Some((value, to_value(&last.number)));
            found.extend(page.iter().map(|line| line.number));
        }
        assert_eq!(found, expected, "by {column}, descending: {descending}");
    }
}

#[tokio::test]
async fn filters_are_combined_and_a_filter_without_a_value_is_ignored() {
    let file = TestDatabase::new();
    let database = file.open();
    let lines = [line(1, "a"), line(2, "b"), line(3, "b"), line(4, "b")];
    commit(database.session().unwrap().as_mut(), &lines.each_ref().map(insert)).unwrap();
    let listing = || {
        Listing::default()
            .filter("text = ?", Some("b"))
            .filter("number < ?", Some(&4))
            .filter("number = ?", None::<&i64>)
    };
    for (after, expected) in [(None, vec![2, 3]), (Some(2), vec![3])] {
        let after = after.map(|number: i64| (to_value("b"), to_value(&number)));
        let order = Order { column: "text", descending: false, after };
        let (tail, args) = listing().page::<Line>(&order, 9);
        let found = database.select::<Line>(&tail, args).await.unwrap();
        assert_eq!(found.iter().map(|line| line.number).collect::<Vec<_>>(), expected);
    }
}
