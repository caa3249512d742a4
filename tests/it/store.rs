//! The store in memory keeps the contract of stores.

use std::sync::Arc;

use chinwag::store::{Memory, Store, contract};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_keeps_the_contract() {
    contract::holds(|workers| async move {
        let store: Arc<dyn Store> = Arc::new(Memory::new());
        vec![store; workers]
    })
    .await;
}
