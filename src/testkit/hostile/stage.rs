//! A thread with a runtime of its own, whose time goes on only when all wait.

use std::{
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use async_trait::async_trait;
use tokio::sync::oneshot;

use super::{fate::Plan, hold::Hold, world::World};
use crate::{
    message::{Address, Inbound, Outbound},
    store::Store,
    testkit::{
        cluster::{Make, lock},
        line::{Carried, Line},
    },
};

/// A line to workers who live on a thread of their own.
///
/// Between two orders their time stands still, so that a schedule is the same however slowly the
/// test asks.
#[derive(Debug)]
pub(crate) struct Stage {
    orders: Mutex<mpsc::Sender<Order>>,
    number: u64,
}

#[derive(Debug)]
enum Order {
    Carry(Box<Inbound>, oneshot::Sender<Carried>),
    Pass(Duration, oneshot::Sender<()>),
    Bring(Address, oneshot::Sender<Vec<Outbound>>),
    End(oneshot::Sender<(u64, Result<(), String>)>),
}

impl Stage {
    pub(super) fn new<S: Send + Sync + 'static>(
        make: Make<S>,
        store: Arc<dyn Store>,
        plan: Plan,
        workers: Option<usize>,
    ) -> Self {
        let (orders, taken) = mpsc::channel();
        std::thread::spawn(move || act(make, store, plan, workers, &taken));
        let number = plan.number();
        Self { orders: Mutex::new(orders), number }
    }

    /// Waits for all copies, and tells how many calls of the store there were.
    pub(crate) async fn calls(&self) -> (u64, Result<(), String>) {
        self.gives(Order::End).await
    }

    async fn gives<T>(&self, order: impl FnOnce(oneshot::Sender<T>) -> Order) -> T {
        let (answer, answered) = oneshot::channel();
        let is_sent = lock(&self.orders).send(order(answer)).is_ok();
        assert!(is_sent, "the workers' thread has ended");
        answered.await.expect("the workers' thread answers every order")
    }
}

fn act<S: Send + Sync + 'static>(
    make: Make<S>,
    store: Arc<dyn Store>,
    plan: Plan,
    workers: Option<usize>,
    orders: &mpsc::Receiver<Order>,
) {
    let hold = Hold::default();
    let runtime = hold.runtime();
    let world = runtime.block_on(async { World::new(make, store, plan, workers, &hold) });
    // Whoever has gone needs no answer.
    for order in orders {
        runtime.block_on(hold.beside(async {
            match order {
                Order::Carry(message, answer) => answer.send(world.carries(*message).await).is_ok(),
                Order::Pass(time, answer) => {
                    world.passes(time).await;
                    answer.send(()).is_ok()
                }
                Order::Bring(contact, answer) => answer.send(world.brings(&contact).await).is_ok(),
                Order::End(answer) => {
                    let ended = world.ends().await;
                    answer.send((world.calls(), ended)).is_ok()
                }
            }
        }));
    }
}

#[async_trait]
impl Line for Stage {
    async fn carries(&self, message: Inbound) -> Carried {
        self.gives(|answer| Order::Carry(Box::new(message), answer)).await
    }

    async fn passes(&self, time: Duration) {
        self.gives(|answer| Order::Pass(time, answer)).await;
    }

    async fn brings(&self, contact: &Address) -> Vec<Outbound> {
        self.gives(|answer| Order::Bring(contact.clone(), answer)).await
    }

    async fn ends(&self) -> Result<(), String> {
        self.calls().await.1
    }

    fn sender(&self) -> Option<Address> {
        let digits = (4_155_238_886 + self.number % 5_000_000_000) % 10_000_000_000;
        Address::whatsapp(&format!("+1{digits:010}")).ok()
    }

    fn number(&self) -> u64 {
        self.number
    }
}
