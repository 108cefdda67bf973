//! Property test: any sequence of changes and refusals, in any batches, gives the rows of a sequential model.

use std::collections::BTreeMap;

use boxoffice_writer::{Command, Failure, Writer};
use proptest::prelude::*;

use crate::harness::*;

const IDS: i64 = 5;
const QUOTAS: i64 = 3;

#[derive(Clone, Debug)]
enum Step {
    Insert { id: i64, quota: i64 },
    Edit { id: i64, quota: i64 },
    Delete { id: i64 },
}

/// The steps of one command, and how it ends.
#[derive(Clone, Debug)]
struct Script {
    steps: Vec<Step>,
    ending: Ending,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Ending {
    Keep,
    Refuse,
    Panic,
}

/// `id -> (quota, version)`.
type Model = BTreeMap<i64, (i64, i64)>;

/// The rows that a command reads before its steps: by key, and their ids by quota.
type RowsRead = (Model, Vec<Vec<i64>>);

fn step() -> impl Strategy<Value = Step> {
    let (id, quota) = (0..IDS, 0..QUOTAS);
    prop_oneof![
        (id.clone(), quota.clone()).prop_map(|(id, quota)| Step::Insert { id, quota }),
        (id.clone(), quota).prop_map(|(id, quota)| Step::Edit { id, quota }),
        id.prop_map(|id| Step::Delete { id }),
    ]
}

fn script() -> impl Strategy<Value = Script> {
    let ending = prop_oneof![4 => Just(Ending::Keep), 2 => Just(Ending::Refuse), 1 => Just(Ending::Panic)];
    (prop::collection::vec(step(), 0..6), ending).prop_map(|(steps, ending)| Script { steps, ending })
}

fn apply(model: &Model, script: &Script) -> Model {
    let mut after = model.clone();
    let mut touched = Vec::new();
    for step in &script.steps {
        match step {
            Step::Insert { id, quota } => {
                after.entry(*id).or_insert_with(|| {
                    touched.push(*id);
                    (*quota, 1)
                });
            }
            Step::Edit { id, quota } => {
                if let Some((current, version)) = after.get_mut(id) {
                    *current = *quota;
                    if !touched.contains(id) {
                        touched.push(*id);
                        *version += 1;
                    }
                }
            }
            Step::Delete { id } => drop(after.remove(id)),
        }
    }
    if script.ending == Ending::Keep { after } else { model.clone() }
}

fn seen(model: &Model) -> RowsRead {
    let by_quota = (0..QUOTAS).map(|q| model.iter().filter(|(_, row)| row.0 == q).map(|(id, _)| *id).collect());
    (model.clone(), by_quota.collect())
}

/// A command that sends the rows it reads to `note`, then runs the script.
fn command(script: Script, note: std::sync::mpsc::Sender<RowsRead>) -> impl Command<Answer = (), Refusal = Refusal> {
    command_of(
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
            for step in &script.steps {
                match *step {
                    Step::Insert { id, quota } if work.get::<Hold>(id).is_none() => {
                        work.insert(Hold { id, quota, code: format!("code {id}"), version: 0 });
                    }
                    Step::Insert { .. } => {}
                    Step::Edit { id, quota } => work.edit::<Hold>(id).into_iter().for_each(|hold| hold.quota = quota),
                    Step::Delete { id } => drop(work.delete::<Hold>(id)),
                }
            }
            work.publish(&TestEvent { n: 1, key: uuid::Uuid::nil(), behavior: String::new() }, context);
            match script.ending {
                Ending::Keep => Ok(()),
                Ending::Refuse => Err(Refusal::Declined),
                Ending::Panic => std::panic::resume_unwind(Box::new("scripted panic")),
            }
        },
    )
}

async fn clear(writer: &Writer) {
    let clear = command_of(
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

async fn compare(writer: &Writer, scripts: &[Script], batch: usize) {
    clear(writer).await;
    let published_before = head(writer).await.last_position;
    let mut model = Model::new();
    for scripts in scripts.chunks(batch) {
        let (note, notes) = std::sync::mpsc::channel();
        let outcomes =
            run_in_one_batch(writer, scripts.iter().cloned().map(|script| command(script, note.clone()))).await;
        for (script, outcome) in scripts.iter().zip(outcomes) {
            assert_eq!(notes.recv().unwrap(), seen(&model), "before {script:?}");
            let is_expected = match outcome {
                Ok(()) => script.ending == Ending::Keep,
                Err(Failure::Refused(Refusal::Declined)) => script.ending == Ending::Refuse,
                Err(Failure::Internal(_)) => script.ending == Ending::Panic,
                Err(_) => false,
            };
            assert!(is_expected, "{script:?}");
            model = apply(&model, script);
        }
        assert!(notes.try_recv().is_err(), "every command decides once");
    }
    let rows = all::<Hold>(writer).await;
    assert_eq!(rows.into_iter().map(|row| (row.id, (row.quota, row.version))).collect::<Model>(), model);
    let kept = scripts.iter().filter(|script| script.ending == Ending::Keep).count();
    assert_eq!(head(writer).await.last_position - published_before, kept as i64);
}

#[test]
fn batches_equal_a_sequential_model() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let folder = TestFolder::new();
    let writer = folder.writer();
    for quota in 0..QUOTAS {
        runtime.block_on(run(&writer, create_quota(quota, 0))).unwrap();
    }
    let config = ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(scripts in prop::collection::vec(script(), 1..12), batch in 1_usize..13)| {
        runtime.block_on(compare(&writer, &scripts, batch));
    });
    writer.stop();
}
