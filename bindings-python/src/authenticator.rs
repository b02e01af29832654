//! Enhanced authentication by a Python object.

use polymqtt::Authenticator;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

/// An object with `method`, `start()`, `respond(data)` and perhaps `finish(data)`. An exception gives up.
#[derive(Debug)]
pub(crate) struct PythonAuthenticator {
    object: Py<PyAny>,
    method: String,
}

impl PythonAuthenticator {
    pub(crate) fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self { method: object.getattr("method")?.extract()?, object: object.clone().unbind() })
    }

    /// Calls a method; `None` when it raised.
    fn call<T: for<'a, 'py> FromPyObject<'a, 'py>>(&self, name: &str, arguments: &[Option<&[u8]>]) -> Option<T> {
        Python::attach(|py| {
            let object = self.object.bind(py);
            let arguments = arguments.iter().map(|data| data.map(|data| PyBytes::new(py, data)));
            let answer = PyTuple::new(py, arguments.collect::<Vec<_>>())
                .and_then(|arguments| object.call_method1(name, arguments))
                .and_then(|answer| answer.extract::<T>().map_err(Into::into));
            answer.map_err(|error| error.write_unraisable(py, Some(object))).ok()
        })
    }
}

impl Authenticator for PythonAuthenticator {
    fn method(&self) -> &str {
        &self.method
    }

    fn start(&mut self) -> Option<Vec<u8>> {
        self.call("start", &[]).flatten()
    }

    fn respond(&mut self, data: &[u8]) -> Option<Vec<u8>> {
        self.call("respond", &[Some(data)]).flatten()
    }

    fn finish(&mut self, data: Option<&[u8]>) -> bool {
        let is_there = Python::attach(|py| self.object.bind(py).hasattr("finish")).unwrap_or(true);
        !is_there || self.call("finish", &[data]).unwrap_or(false)
    }
}
