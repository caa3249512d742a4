//! The store on nodes of a cluster, which refuse scripts whose keys live on different nodes.

use chinwag::store::{Begun, Redis, Store, contract};

use super::{
    servers::Server,
    stores::{NOW, handles, key, outcome, prefix, turn},
};

const CLUSTER: &[&str] = &["--cluster-enabled", "yes", "--cluster-require-full-coverage", "no"];
const SLOTS: u32 = 16_384;

/// A node of a cluster that owns the slots from the first to the last.
fn node(first: u32, last: u32) -> Option<Server> {
    // The node's second port is this one and 10,000.
    let server = Server::new_below(CLUSTER, 55_000)?;
    let mut admin = server.admin();
    let () =
        redis::cmd("CLUSTER").arg("ADDSLOTSRANGE").arg(first).arg(last).query(&mut admin).unwrap();
    loop {
        let state: String = redis::cmd("CLUSTER").arg("INFO").query(&mut admin).unwrap();
        if state.contains("cluster_state:ok") {
            return Some(server);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_keeps_the_contract_under_the_rules_of_a_cluster() {
    let Some(server) = node(0, SLOTS - 1) else { return };
    let across = redis::cmd("EVAL")
        .arg("return 1")
        .arg(2)
        .arg(&["one", "other"])
        .query::<u32>(&mut server.admin());
    assert!(across.is_err(), "the server must refuse keys of different slots");
    contract::holds(|workers| handles(server.url(), workers)).await;
}

/// Each conversation's turns are whole on the node that owns its hash tag.
#[tokio::test]
async fn each_conversation_lives_on_one_node() {
    let third = SLOTS / 3;
    let bounds = [(0, third - 1), (third, 2 * third - 1), (2 * third, SLOTS - 1)];
    let mut nodes = Vec::new();
    for (first, last) in bounds {
        let Some(server) = node(first, last) else { return };
        nodes.push(server);
    }
    let mut admin = nodes[0].admin();
    for other in &nodes[1..] {
        let () = redis::cmd("CLUSTER")
            .arg("MEET")
            .arg("127.0.0.1")
            .arg(other.port())
            .query(&mut admin)
            .unwrap();
    }
    for server in &nodes {
        loop {
            let state: String =
                redis::cmd("CLUSTER").arg("INFO").query(&mut server.admin()).unwrap();
            if state.contains("cluster_slots_ok:16384") {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
    let prefix = prefix();
    let mut stores = Vec::new();
    for server in &nodes {
        stores.push(Redis::connect(&server.url()).await.unwrap().prefix(&prefix));
    }
    let mut owned = [0; 3];
    for number in 0..60 {
        let mut owners = 0;
        for (store, owned) in stores.iter().zip(&mut owned) {
            match store.begin(&key(number), turn(number), NOW).await {
                Ok(Begun::Turn(record, lease)) => {
                    let mut outcome = outcome(record, number, Some(NOW));
                    outcome.parcels = vec![super::stores::parcel(&key(number), number)];
                    store.commit(&lease, &outcome, NOW).await.unwrap();
                    owners += 1;
                    *owned += 1;
                }
                Ok(other) => panic!("{other:?}"),
                Err(error) => {
                    assert!(error.to_string().contains("one node of a cluster"), "{error}");
                }
            }
        }
        assert_eq!(owners, 1, "conversation {number}");
    }
    assert!(owned.iter().all(|owned| *owned > 0), "{owned:?}");
}
