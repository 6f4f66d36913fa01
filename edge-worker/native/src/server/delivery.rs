//! Delivers the messages of the durable queue on one core.

use super::Server;
use crate::queue::Deliveries;
use bytes::Bytes;
use std::rc::Rc;
use throughline_edge::host::Host;
use tokio::task::spawn_local;

impl Server {
    /// Delivers messages of the durable queue, by the configuration that holds then.
    pub(super) fn deliver(self: &Rc<Self>) {
        let Some(queue) = self.host.queue() else {
            return;
        };
        let (server, deliveries) = (Rc::clone(self), Deliveries::new(queue.clone()));
        spawn_local(async move {
            let taking = Rc::clone(&server);
            let take_up = move |message: Bytes, attempt| {
                let server = Rc::clone(&taking);
                async move {
                    server.reconfigure();
                    let serving = server.serving.current();
                    serving.edge.take_up(&server.host, &message, attempt).await
                }
            };
            deliveries.run(server.host.background(), take_up).await;
        });
    }
}
