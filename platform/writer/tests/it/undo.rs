//! Any sequence of changes and refusals, in one batch or in several, amounts to what a plain map would hold.

use std::collections::BTreeMap;

use boxoffice_writer::{Command, Failure, Writer};
use proptest::prelude::*;

use crate::setting::*;

const IDS: i64 = 5;
const QUOTAS: i64 = 3;

#[derive(Clone, Debug)]
enum Step {
    Insert { id: i64, quota: i64 },
    Edit { id: i64, quota: i64 },
    Delete { id: i64 },
}

/// What one command does, and whether it thinks better of it afterwards.
#[derive(Clone, Debug)]
struct Deed {
    steps: Vec<Step>,
    end: End,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Keep,
    Refuse,
    Panic,
}

/// `id -> (quota, version)`.
type Model = BTreeMap<i64, (i64, i64)>;

/// What a command saw before it did anything: rows by key, and ids by quota.
type Seen = (Model, Vec<Vec<i64>>);

fn steps() -> impl Strategy<Value = Step> {
    let (id, quota) = (0..IDS, 0..QUOTAS);
    prop_oneof![
        (id.clone(), quota.clone()).prop_map(|(id, quota)| Step::Insert { id, quota }),
        (id.clone(), quota).prop_map(|(id, quota)| Step::Edit { id, quota }),
        id.prop_map(|id| Step::Delete { id }),
    ]
}

fn deeds() -> impl Strategy<Value = Deed> {
    let end = prop_oneof![4 => Just(End::Keep), 2 => Just(End::Refuse), 1 => Just(End::Panic)];
    (prop::collection::vec(steps(), 0..6), end).prop_map(|(steps, end)| Deed { steps, end })
}

fn apply(model: &Model, deed: &Deed) -> Model {
    let mut after = model.clone();
    let mut touched = Vec::new();
    for step in &deed.steps {
        match step {
            Step::Insert { id, quota } => {
                after.entry(*id).or_insert_with(|| {
                    touched.push(*id);
                    (*quota, 1)
                });
            }
            Step::Edit { id, quota } => {
                if let Some((there, version)) = after.get_mut(id) {
                    *there = *quota;
                    if !touched.contains(id) {
                        touched.push(*id);
                        *version += 1;
                    }
                }
            }
            Step::Delete { id } => drop(after.remove(id)),
        }
    }
    if deed.end == End::Keep { after } else { model.clone() }
}

fn seen(model: &Model) -> Seen {
    let by_quota = (0..QUOTAS).map(|q| model.iter().filter(|(_, row)| row.0 == q).map(|(id, _)| *id).collect());
    (model.clone(), by_quota.collect())
}

/// The deed as a command; it answers with what it saw before, which `note` keeps even when it is undone.
fn command(deed: Deed, note: std::sync::mpsc::Sender<Seen>) -> impl Command<Answer = (), Refusal = No> {
    act(
        |reads| {
            (0..IDS).for_each(|id| {
                reads.row::<Hold>(id);
            });
            (0..QUOTAS).for_each(|quota| drop(reads.find::<Hold>(&["quota"], &quota)));
        },
        move |work, context| {
            let rows = (0..IDS).filter_map(|id| work.get::<Hold>(id).map(|hold| (id, (hold.quota, hold.version))));
            let by_quota = (0..QUOTAS).map(|quota| {
                let mut ids: Vec<_> = work.find::<Hold>(&["quota"], &quota).iter().map(|hold| hold.id).collect();
                ids.sort_unstable();
                ids
            });
            note.send((rows.collect(), by_quota.collect())).unwrap();
            for step in &deed.steps {
                match *step {
                    Step::Insert { id, quota } if work.get::<Hold>(id).is_none() => {
                        work.insert(Hold { id, quota, code: format!("code {id}"), version: 0 });
                    }
                    Step::Insert { .. } => {}
                    Step::Edit { id, quota } => work.edit::<Hold>(id).into_iter().for_each(|hold| hold.quota = quota),
                    Step::Delete { id } => drop(work.delete::<Hold>(id)),
                }
            }
            work.publish(&Said { n: 1, key: uuid::Uuid::nil(), wish: String::new() }, context);
            match deed.end {
                End::Keep => Ok(()),
                End::Refuse => Err(No::Whim),
                End::Panic => std::panic::resume_unwind(Box::new("as told")),
            }
        },
    )
}

async fn clear(writer: &Writer) {
    let clear = act(
        |reads| {
            (0..IDS).for_each(|id| {
                reads.row::<Hold>(id);
            })
        },
        |work, _| {
            (0..IDS).for_each(|id| drop(work.delete::<Hold>(id)));
            Ok(())
        },
    );
    run(writer, clear).await.unwrap();
}

async fn compare(writer: &Writer, deeds: &[Deed], batch: usize) {
    clear(writer).await;
    let said_before = head(writer).await.last_position;
    let mut model = Model::new();
    for deeds in deeds.chunks(batch) {
        let (note, notes) = std::sync::mpsc::channel();
        let outcomes = in_one_batch(writer, deeds.iter().cloned().map(|deed| command(deed, note.clone()))).await;
        for (deed, outcome) in deeds.iter().zip(outcomes) {
            assert_eq!(notes.recv().unwrap(), seen(&model), "before {deed:?}");
            let as_told = match outcome {
                Ok(()) => deed.end == End::Keep,
                Err(Failure::Refused(No::Whim)) => deed.end == End::Refuse,
                Err(Failure::Internal(_)) => deed.end == End::Panic,
                Err(_) => false,
            };
            assert!(as_told, "{deed:?}");
            model = apply(&model, deed);
        }
        assert!(notes.try_recv().is_err(), "every deed was decided once");
    }
    let rows = all::<Hold>(writer).await;
    assert_eq!(rows.into_iter().map(|row| (row.id, (row.quota, row.version))).collect::<Model>(), model);
    let kept = deeds.iter().filter(|deed| deed.end == End::Keep).count();
    assert_eq!(head(writer).await.last_position - said_before, kept as i64);
}

#[test]
fn batches_amount_to_what_a_map_would_hold() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let place = Place::new();
    let writer = place.writer();
    for quota in 0..QUOTAS {
        runtime.block_on(run(&writer, open_quota(quota, 0))).unwrap();
    }
    let config = ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(deeds in prop::collection::vec(deeds(), 1..12), batch in 1_usize..13)| {
        runtime.block_on(compare(&writer, &deeds, batch));
    });
    writer.stop();
}
