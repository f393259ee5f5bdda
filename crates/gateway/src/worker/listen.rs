//! The one listening connection of this process: another replica moved something.

use holdpoint_store::wake::Listener;

use crate::AppState;

pub(super) async fn run(app: AppState) {
    loop {
        let mut listener = match app.config.database_url() {
            Ok(url) => match Listener::connect(url).await {
                Ok(listener) => listener,
                Err(error) => {
                    super::failed(&app, "listen", &error).await;
                    continue;
                }
            },
            Err(_) => return,
        };
        // What was notified while nobody listened is found by looking.
        app.hub.wake();
        loop {
            match listener.next().await {
                Ok(()) => app.hub.wake(),
                Err(error) => {
                    super::failed(&app, "listen", &error).await;
                    break;
                }
            }
        }
    }
}
