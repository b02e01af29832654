//! Starts the threads of a broker.

use super::Broker;
use super::acceptor::accept;
use super::access::{Access, ShardPolicy};
use super::bind::{Address, Bound, bind};
use super::builder::BrokerBuilder;
use super::clock::Clock;
use super::driver::{Command, STOP_TIME, drive};
use super::entrance::{Entrance, Shards};
use super::error::StartError;
use super::mesh::Mesh;
use super::shard::Shard;
use crate::config::{BrokerConfig, ClientCertificate, Transport};
use crate::passwords::Passwords;
use core::time::Duration;
use polymqtt::transport::{TlsAcceptor, TlsServerOptions, WebSocketAcceptOptions, server_config};
use polymqtt_core::broker::{self, BrokerOptions, Placement};
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::{Barrier, Notify, Semaphore};
use tokio::task::LocalSet;

/// What is accepted on this thread, and how.
struct Acceptors {
    doors: Vec<(Bound, Arc<Entrance>)>,
    pending: Arc<Semaphore>,
    stop: Arc<Notify>,
}

impl Broker {
    pub(super) fn start(builder: BrokerBuilder) -> Result<Self, StartError> {
        let BrokerBuilder { config, mut access } = builder;
        if access.authenticate.is_some() || access.passwords.is_some() {
            config.check_listeners()?;
        } else {
            config.check()?;
            access.passwords = config.password_file.as_deref().map(Passwords::read).transpose()?;
        }
        access.refuses_anonymous = !config.allow_anonymous.unwrap_or(access.passwords.is_none());
        let access = Arc::new(access);
        let count = config.shard_count();
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..count).map(|_| unbounded_channel()).unzip();
        let shards = Arc::new(Shards::new(senders, Placement::new(0, count)?));
        let (doors, memory) = open(&config, &shards)?;
        let addresses: Vec<Address> = doors.iter().map(|(bound, _)| bound.address.clone()).collect();
        let stop = Arc::new(Notify::new());
        let pending = Arc::new(Semaphore::new(config.pending_connections_max as usize));
        let mut acceptors = Some(Acceptors { doors, pending, stop: Arc::clone(&stop) });
        let mut broker = Self { shards, memory, addresses, stop, threads: Vec::new() };
        if count > 1 {
            let acceptors = acceptors.take();
            broker.threads.push(thread("polymqtt-accept", move |runtime| run_acceptors(runtime, acceptors))?);
        }
        let seed = random()?;
        let (clock, mesh, ended) = (
            Clock::start(),
            Mesh::new(count, config.forwards_max as usize),
            Arc::new(Barrier::new(usize::from(count))),
        );
        for (index, commands) in (0..count).zip(receivers) {
            let options = BrokerOptions { seed: seed.wrapping_add(u64::from(index)), ..config.options.clone() };
            let core = Core {
                options,
                placement: Placement::new(index, count)?,
                access: Arc::clone(&access),
                ended: Arc::clone(&ended),
            };
            core.options.validate()?;
            let (mesh, acceptors) = (Arc::clone(&mesh), acceptors.take());
            let name = format!("polymqtt-{index}");
            let run = move |runtime: &Runtime| run_shard(runtime, core, clock, mesh, commands, acceptors);
            broker.threads.push(thread(&name, run)?);
        }
        Ok(broker)
    }
}

/// What the core of a shard is made of, on the shard's own thread.
struct Core {
    options: BrokerOptions,
    placement: Placement,
    access: Arc<Access>,
    /// Where all shards meet when they have ended.
    ended: Arc<Barrier>,
}

fn run_shard(
    runtime: &Runtime,
    core: Core,
    clock: Clock,
    mesh: Arc<Mesh>,
    commands: UnboundedReceiver<Command>,
    acceptors: Option<Acceptors>,
) {
    let Core { options, placement, access, ended } = core;
    let policy = Box::new(ShardPolicy(Arc::clone(&access)));
    let broker = match broker::Broker::new(options, placement, policy) {
        Ok(broker) => broker,
        Err(error) => {
            tracing::error!("the options are refused: {error}");
            return;
        }
    };
    let shard = Shard::new(broker, placement, clock, mesh, access);
    let local = LocalSet::new();
    local.block_on(runtime, async {
        if let Some(Acceptors { doors, pending, stop }) = acceptors {
            let listening: Vec<_> = doors
                .into_iter()
                .map(|(bound, entrance)| {
                    let (shard, pending) = (Some(std::rc::Rc::clone(&shard)), Arc::clone(&pending));
                    tokio::task::spawn_local(accept(bound.socket, entrance, shard, pending)).abort_handle()
                })
                .collect();
            tokio::task::spawn_local(async move {
                stop.notified().await;
                listening.iter().for_each(tokio::task::AbortHandle::abort);
            });
        }
        // As a task like the others, so that its turn comes after those that are ready before it.
        let _ = tokio::task::spawn_local(drive(shard, commands)).await;
        // Other shards may have streams that began here and depend on this thread. One that has panicked never comes.
        let _ = tokio::time::timeout(STOP_TIME, ended.wait()).await;
    });
}

fn run_acceptors(runtime: &Runtime, acceptors: Option<Acceptors>) {
    let Some(Acceptors { doors, pending, stop }) = acceptors else { return };
    let local = LocalSet::new();
    local.block_on(runtime, async {
        for (bound, entrance) in doors {
            tokio::task::spawn_local(accept(bound.socket, entrance, None, Arc::clone(&pending)));
        }
        stop.notified().await;
    });
}

fn thread(name: &str, run: impl FnOnce(&Runtime) + Send + 'static) -> io::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(LOGINS_MAX)
        .thread_name(format!("{name}-login"))
        .build()?;
    std::thread::Builder::new().name(name.into()).spawn(move || {
        run(&runtime);
        // A login that hangs must not hold up the end.
        runtime.shutdown_background();
    })
}

/// Opens the listeners; the last entrance is the one for connections in memory.
#[expect(clippy::type_complexity, reason = "read once, right here")]
fn open(
    config: &BrokerConfig,
    shards: &Arc<Shards>,
) -> Result<(Vec<(Bound, Arc<Entrance>)>, Arc<Entrance>), StartError> {
    let tls = tls(config)?;
    let mut websocket = WebSocketAcceptOptions::default();
    websocket.message_size_bytes_max =
        config.options.packet_size_bytes_max.max(config.options.connect_size_bytes_max) as usize;
    let entrance = |transport: Transport, name: String, path: Option<String>| {
        let mut websocket = websocket.clone();
        websocket.path = path;
        Arc::new(Entrance {
            transport,
            name: name.into(),
            tls: if transport.is_encrypted() { tls.clone() } else { None },
            websocket,
            timeout: match config.options.connect_timeout_ms {
                0 => Duration::MAX,
                ms => Duration::from_millis(ms.into()),
            },
            connect_size_bytes_max: config.options.connect_size_bytes_max as usize,
            shards: Arc::clone(shards),
        })
    };
    let mut doors = Vec::new();
    for listener in &config.listen {
        for bound in bind(listener, &config.websocket_path)? {
            let path = match &bound.address {
                Address::Network { path, .. } => path.clone(),
                Address::Unix { .. } => None,
            };
            let entrance = entrance(bound.address.transport(), bound.address.url(), path);
            doors.push((bound, entrance));
        }
    }
    Ok((doors, entrance(Transport::Tcp, "memory".into(), None)))
}

fn tls(config: &BrokerConfig) -> Result<Option<TlsAcceptor>, StartError> {
    let (Some(certificate), Some(key)) = (&config.tls_certificate_file, &config.tls_key_file) else { return Ok(None) };
    let mut options = TlsServerOptions::new(certificate.clone(), key.clone());
    if let Some(ca) = &config.tls_client_ca_file {
        let required = config.tls_client_certificate == ClientCertificate::Required;
        options = options.set_client_ca(ca.clone(), required);
    }
    Ok(Some(server_config(&options)?))
}

fn random() -> Result<u64, StartError> {
    getrandom::u64().map_err(|error| StartError::System(io::Error::other(error)))
}

/// How many logins are decided at the same time on behalf of one shard.
const LOGINS_MAX: usize = 4;
