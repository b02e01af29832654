//! Answers a CONNECT or AUTH whose answer takes time, without holding up the shard.

use super::access::{AuthenticationAnswer, AuthenticationAttempt, Login, LoginAttempt};
use super::shard::Shard;
use polymqtt_core::ReasonCode;
use polymqtt_core::broker::{
    AuthenticationRequest, AuthenticationStep, ConnectGrant, ConnectRefusal, ConnectRequest, ConnectionInfo, UsageError,
};
use std::rc::Rc;
use std::sync::Arc;

/// Asks about a CONNECT, on a thread for such questions, and gives the answer to the core.
pub(super) fn start(shard: Rc<Shard>, request: ConnectRequest) {
    if let Some(method) = request.authentication_method {
        let request = AuthenticationRequest {
            connection: request.connection,
            client_identifier: request.client_identifier,
            authentication_method: method,
            authentication_data: request.authentication_data,
            re_authentication: false,
        };
        return authenticate(shard, request, true);
    }
    tokio::task::spawn_local(async move {
        let connection = request.connection;
        // A connection that is gone needs no answer.
        let Some(info) = shard.info(connection) else { return };
        let access = Arc::clone(&shard.access);
        let attempt = attempt(request, &info);
        let login = tokio::task::spawn_blocking(move || access.log_in(&attempt)).await;
        // A closure that panicked has not let anybody in.
        let login = login.unwrap_or(Login::Refuse(ReasonCode::UnspecifiedError));
        log(shard.with_core(|core, now| match login {
            Login::Accept => core.accept_connect(connection, &ConnectGrant::default(), now),
            Login::AcceptAs(user_name) => {
                let grant = ConnectGrant { user_name: Some(user_name.into()), ..ConnectGrant::default() };
                core.accept_connect(connection, &grant, now)
            }
            Login::Refuse(reason_code) => core.reject_connect(connection, &ConnectRefusal::from(reason_code), now),
        }));
    });
}

/// Asks about the AUTH of a client.
pub(super) fn go_on(shard: Rc<Shard>, request: AuthenticationRequest) {
    authenticate(shard, request, false);
}

fn authenticate(shard: Rc<Shard>, request: AuthenticationRequest, is_connect: bool) {
    tokio::task::spawn_local(async move {
        let connection = request.connection;
        let Some(info) = shard.info(connection) else { return };
        let access = Arc::clone(&shard.access);
        let attempt = AuthenticationAttempt {
            connection: connection.as_u64(),
            client_identifier: request.client_identifier.into(),
            method: request.authentication_method.into(),
            data: request.authentication_data.map(Vec::from),
            is_connect,
            is_re_authentication: request.re_authentication,
            peer: info.peer.to_string(),
            certificate_name: info.identity.as_deref().map(str::to_owned),
        };
        let answer = tokio::task::spawn_blocking(move || access.step(&attempt)).await;
        let step = match answer.unwrap_or(AuthenticationAnswer::Refuse(ReasonCode::UnspecifiedError)) {
            AuthenticationAnswer::Continue { data } => AuthenticationStep::Continue { data: data.map(Into::into) },
            AuthenticationAnswer::Accept { user_name, data } => AuthenticationStep::Success(ConnectGrant {
                user_name: user_name.map(Into::into),
                authentication_data: data.map(Into::into),
                ..ConnectGrant::default()
            }),
            AuthenticationAnswer::Refuse(reason_code) => AuthenticationStep::Failure(reason_code.into()),
        };
        log(shard.with_core(|core, now| core.authenticate(connection, step, now)));
    });
}

fn log(answered: Result<(), UsageError>) {
    if let Err(error) = answered {
        tracing::debug!("the answer to a login came too late: {error}");
    }
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
