//! Answers a CONNECT whose answer takes time, without holding up the shard.

use super::access::{Login, LoginAttempt};
use super::shard::Shard;
use polymqtt_core::ReasonCode;
use polymqtt_core::broker::{ConnectGrant, ConnectRefusal, ConnectRequest, ConnectionInfo};
use std::rc::Rc;
use std::sync::Arc;

/// Asks on a thread for such questions and gives the answer to the core.
pub(super) fn start(shard: Rc<Shard>, request: Box<ConnectRequest>) {
    tokio::task::spawn_local(async move {
        let connection = request.connection;
        // A connection that is gone needs no answer.
        let Some(info) = shard.info(connection) else { return };
        let access = Arc::clone(&shard.access);
        let attempt = attempt(*request, &info);
        let login = tokio::task::spawn_blocking(move || access.log_in(&attempt)).await;
        // A closure that panicked has not let anybody in.
        let login = login.unwrap_or(Login::Refuse(ReasonCode::UnspecifiedError));
        let answered = shard.with_core(|core, now| match login {
            Login::Accept => core.accept_connect(connection, &ConnectGrant::default(), now),
            Login::AcceptAs(user_name) => {
                let grant = ConnectGrant { user_name: Some(user_name.into()), ..ConnectGrant::default() };
                core.accept_connect(connection, &grant, now)
            }
            Login::Refuse(reason_code) => core.reject_connect(connection, &ConnectRefusal::from(reason_code), now),
        });
        if let Err(error) = answered {
            tracing::debug!(%connection, "the answer to a CONNECT came too late: {error}");
        }
    });
}

fn attempt(request: ConnectRequest, info: &ConnectionInfo) -> LoginAttempt {
    LoginAttempt {
        client_identifier: request.client_identifier.into(),
        protocol_version: request.protocol_version,
        user_name: request.user_name.map(String::from),
        password: request.password.map(Vec::from),
        peer: info.peer.to_string(),
        listener: info.listener.to_string(),
        certificate_name: info.identity.as_deref().map(str::to_owned),
    }
}
