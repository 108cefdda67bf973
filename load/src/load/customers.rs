//! The customers of the load: one with a token for each booking.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use boxoffice_clock::Entropy;
use boxoffice_identity::{Issuer, Scope};
use hyper::{Method, Uri, body::Bytes, header::HeaderValue};
use serde_json::json;
use tokio::task::JoinSet;

use super::{
    catalog::bearer,
    connection::{Connection, LoadRequest, Target},
    progress,
};

/// A customer with one booking.
pub struct Customer {
    pub bearer: HeaderValue,
    /// Idempotency key of its booking.
    pub key: HeaderValue,
}

/// Creates the profiles of `count` customers.
pub async fn register(
    target: &Target,
    issuer: &Issuer,
    entropy: &Entropy,
    count: usize,
    connections: usize,
) -> anyhow::Result<Vec<Customer>> {
    // The names are unique for each run, so that runs can share data.
    let run = entropy.uuid(target.clock.now()).simple().to_string();
    let customer = |number: usize| -> anyhow::Result<Customer> {
        let name = format!("load-{run}-{number}");
        Ok(Customer { bearer: bearer(issuer, &name, Scope::Customer)?, key: HeaderValue::try_from(name)? })
    };
    let customers = Arc::new((0..count).map(customer).collect::<anyhow::Result<Vec<_>>>()?);
    let (next, bar) = (Arc::new(AtomicUsize::new(0)), progress::bar("customers", count as u64));
    let mut workers = JoinSet::new();
    for _ in 0..connections {
        let (target, customers, next, bar) = (target.clone(), customers.clone(), next.clone(), bar.clone());
        workers.spawn(async move {
            let mut connection = Connection::open(&target).await?;
            while let Some(customer) = customers.get(next.fetch_add(1, Ordering::Relaxed)) {
                connection.json(&profile(customer)).await?;
                bar.inc(1);
            }
            anyhow::Ok(())
        });
    }
    while let Some(worker) = workers.join_next().await {
        worker??;
    }
    bar.finish_and_clear();
    Ok(Arc::into_inner(customers).expect("all workers have ended"))
}

fn profile(customer: &Customer) -> LoadRequest {
    let name = customer.key.to_str().unwrap_or_default();
    let body = json!({"name": name, "email": format!("{name}@example.com")});
    LoadRequest {
        method: Method::PUT,
        uri: Uri::from_static("/api/v1/users/me"),
        bearer: Some(customer.bearer.clone()),
        key: None,
        body: Bytes::from(body.to_string()),
    }
}
