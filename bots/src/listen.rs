//! Where the program listens, and when it stops.

use std::io::{self, ErrorKind};

use tokio::net::TcpListener;

/// The variable that says where to listen.
pub(crate) const LISTEN: &str = "CHINWAG_LISTEN";

/// Why the program cannot listen there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CannotListen {
    #[error("{0} is taken by another program; choose another port, as in {LISTEN}={example}", example = example(.0))]
    Taken(String),
    #[error("{LISTEN} is {0:?}; it must be an address and a port, as in 127.0.0.1:5050")]
    Unreadable(String),
    #[error("cannot listen on {0} ({1}); choose another address, as in {LISTEN}=127.0.0.1:5050")]
    Other(String, io::Error),
}

/// Listens on this address and port.
pub(crate) async fn listen(address: &str) -> Result<TcpListener, CannotListen> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => CannotListen::Taken(address.to_owned()),
        ErrorKind::InvalidInput => CannotListen::Unreadable(address.to_owned()),
        _ => CannotListen::Other(address.to_owned(), error),
    })
}

/// The same address with a port that is seldom taken.
fn example(address: &str) -> String {
    let host = address.rsplit_once(':').map_or("127.0.0.1", |(host, _)| host);
    let port = if address.ends_with(":5050") { 6060 } else { 5050 };
    format!("{host}:{port}")
}

/// Ready when Ctrl-C is pressed, or the system asks the program to end.
pub(crate) async fn stop() {
    let pressed = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut asked) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = pressed => {}
                _ = asked.recv() => {}
            }
            return;
        }
    }
    pressed.await.ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn refused(address: &str) -> String {
        listen(address).await.unwrap_err().to_string()
    }

    #[tokio::test]
    async fn a_taken_port_is_named_with_a_way_out() {
        let taken = listen("127.0.0.1:0").await.unwrap();
        let address = taken.local_addr().unwrap().to_string();
        let said =
            "is taken by another program; choose another port, as in CHINWAG_LISTEN=127.0.0.1:5050";
        assert_eq!(refused(&address).await, format!("{address} {said}"));
    }

    #[tokio::test]
    async fn an_address_needs_a_port() {
        let said = "it must be an address and a port, as in 127.0.0.1:5050";
        for address in ["4040", "127.0.0.1", "127.0.0.1:99999", ""] {
            assert_eq!(refused(address).await, format!("CHINWAG_LISTEN is {address:?}; {said}"));
        }
    }
}
