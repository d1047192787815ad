//! A client of the operations socket of a server on this machine.

use std::io;
use std::path::Path;

use axum::http::{Request, header};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tokio::runtime::{Builder, Runtime};

use super::Answer;
use crate::cli::failure::Failure;

pub(crate) struct Socket {
    runtime: Runtime,
    sender: SendRequest<Full<Bytes>>,
}

impl Socket {
    pub(crate) fn open(path: &Path) -> io::Result<Socket> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let sender = runtime.block_on(async {
            let stream = TokioIo::new(UnixStream::connect(path).await?);
            let (sender, connection) = handshake(stream).await.map_err(io::Error::other)?;
            // The connection makes progress during every wait on the sender, which also reports its errors.
            tokio::spawn(connection);
            Ok::<_, io::Error>(sender)
        })?;
        Ok(Socket { runtime, sender })
    }

    /// Sends a request and passes each line of a successful answer to `each` as it arrives. Any other answer is
    /// returned with its body.
    pub(crate) fn stream(&mut self, request: Request<Vec<u8>>, mut each: impl FnMut(&[u8])) -> Result<Answer, Failure> {
        let (mut parts, body) = request.into_parts();
        parts.headers.insert(header::HOST, header::HeaderValue::from_static("localhost"));
        let request = Request::from_parts(parts, Full::from(body));
        let sender = &mut self.sender;
        self.runtime.block_on(async {
            let (parts, mut body) = sender.send_request(request).await.map_err(breaks_off)?.into_parts();
            let mut read = Vec::new();
            while let Some(frame) = body.frame().await.transpose().map_err(breaks_off)? {
                read.extend_from_slice(frame.data_ref().map(Bytes::as_ref).unwrap_or_default());
                if parts.status.is_success() {
                    let whole = read.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
                    read.drain(..whole).as_slice().split_inclusive(|byte| *byte == b'\n').for_each(&mut each);
                }
            }
            if parts.status.is_success() && !read.is_empty() {
                each(&read);
                read.clear();
            }
            Ok(Answer { status: parts.status, headers: parts.headers, body: read })
        })
    }
}

fn breaks_off(error: hyper::Error) -> Failure {
    Failure::failed(format!(
        "the server's answer is incomplete ({error}): the server may have stopped; run the command again once it is \
         back"
    ))
}
