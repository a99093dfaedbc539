//! `harrier serve`: the web server and the background work, until SIGTERM or SIGINT.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{Failure, Outcome, log_to_stderr, open, product, say_where_mails_go};
use crate::app::App;
use crate::config::Config;
use crate::web::{self, Proxies, Site};

/// How long requests that are under way may take once the server was told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until the process is told to stop.
pub async fn run(config: Config) -> Outcome {
    log_to_stderr(&config.log);
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    // Before anything is migrated: when another server holds the port, this one touches nothing.
    let (listener, address) = bind(config.listen).await?;
    let db = open(&config.database_url).await?;
    let public_url = config.public_url(address);
    tracing::info!("listening on http://{address}, links begin with {public_url}");
    let app = product(db, &config, public_url)?;
    say_where_mails_go(&app);
    until_stopped(app, config.proxies, listener).await
}

/// Takes the port; returns the address with the port that was given where 0 was asked for.
pub async fn bind(listen: SocketAddr) -> Outcome<(TcpListener, SocketAddr)> {
    let failed = |error: std::io::Error| {
        Failure(match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                format!("Another program listens on {listen} already. Stop it, or choose another port.")
            }
            std::io::ErrorKind::PermissionDenied => {
                format!(
                    "Listening on {listen} is not permitted. Ports below 1024 need a privilege; choose another port."
                )
            }
            std::io::ErrorKind::AddrNotAvailable => {
                format!("{} is not an address of this machine.", listen.ip())
            }
            _ => format!("Listening on {listen} failed: {error}."),
        })
    };
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// Serves on this port and runs the workers; on SIGTERM or SIGINT lets requests under way finish.
pub async fn until_stopped(app: App, proxies: Proxies, listener: TcpListener) -> Outcome {
    let mut signals = Signals::new()?;
    let (stop, stopped) = watch::channel(false);
    let mut workers = workers(&app, &stopped);
    let site = Site { app: app.clone(), proxies };
    let service = web::router(site).into_make_service_with_connect_info::<SocketAddr>();
    let mut told = stopped;
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        let _ = told.wait_for(|is_stopped| *is_stopped).await;
    });
    let mut server = tokio::spawn(server.into_future());

    let early = tokio::select! {
        outcome = &mut server => Some(outcome),
        () = signals.next() => None,
    };
    let _ = stop.send(true);
    let outcome = match early {
        Some(outcome) => Some(outcome),
        None => {
            tracing::info!("stopping; requests under way have {} seconds", GRACE.as_secs());
            tokio::select! {
                outcome = &mut server => Some(outcome),
                () = tokio::time::sleep(GRACE) => None,
                // Told twice: at once.
                () = signals.next() => None,
            }
        }
    };
    if outcome.is_none() {
        tracing::warn!("some requests were cut off");
        server.abort();
    }
    // What workers had in hand is in the database; they take it up again at the next start.
    let all = async { while workers.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(Duration::from_secs(5), all).await;
    workers.abort_all();
    app.close().await;
    tracing::info!("stopped");
    match outcome {
        Some(Ok(Err(error))) => Err(Failure::new("The server failed", error)),
        Some(Err(error)) => Err(Failure::new("The server failed", error)),
        _ => Ok(()),
    }
}

/// The background work. Each worker returns soon after `stopped` turned true.
fn workers(app: &App, stopped: &watch::Receiver<bool>) -> JoinSet<()> {
    let until = |mut stopped: watch::Receiver<bool>| async move {
        let _ = stopped.wait_for(|is_stopped| *is_stopped).await;
    };
    let mut workers = JoinSet::new();
    let (housekeeping, jobs, mails) = (app.clone(), app.clone(), app.clone());
    let told = stopped.clone();
    let (one, two) = (until(stopped.clone()), until(stopped.clone()));
    workers.spawn(async move { housekeeping.run_housekeeping(one).await });
    workers.spawn(async move { jobs.run_jobs(two).await });
    workers.spawn(async move { mails.run_outbox(told).await });
    workers
}

/// SIGTERM and SIGINT; Ctrl+C where there are no signals.
pub(super) struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    pub(super) fn new() -> Outcome<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let failed = |e| Failure::new("Signals cannot be listened to", e);
        Ok(Self {
            terminate: signal(SignalKind::terminate()).map_err(failed)?,
            interrupt: signal(SignalKind::interrupt()).map_err(failed)?,
        })
    }

    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    pub(super) fn new() -> Outcome<Self> {
        Ok(Self {})
    }

    pub(super) async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
