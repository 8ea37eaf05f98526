//! One request and its answer over one connection, in HTTP/1.1.

use bytes::Bytes;
use http::{Request, Response, header::CONTENT_LENGTH};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::{Error, MAX_BYTES};

/// Sends the request, and reads the answer to its end. The connection is closed afterwards: a kept one
/// would grow stale, and its address would not be judged again.
pub(super) async fn exchange<S>(
    stream: S,
    request: Request<Full<Bytes>>,
) -> Result<Response<Vec<u8>>, Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let answer = async move { read(sender.send_request(request).await?).await };
    let (mut answer, mut connection) = (std::pin::pin!(answer), std::pin::pin!(connection));
    let mut is_open = true;
    loop {
        tokio::select! {
            biased;
            answer = &mut answer => return answer,
            // The sender is told why it ended.
            _ = &mut connection, if is_open => is_open = false,
        }
    }
}

/// Reads an answer within the size that is allowed, counted as it comes.
async fn read(answer: Response<Incoming>) -> Result<Response<Vec<u8>>, Error> {
    if answer.status().is_redirection() {
        return Err(Error::Redirected);
    }
    let (parts, mut body) = answer.into_parts();
    let length = parts.headers.get(CONTENT_LENGTH);
    let length = length.and_then(|it| it.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|it| it > MAX_BYTES) {
        return Err(Error::TooLong);
    }
    let mut text = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(chunk) = frame?.into_data() else {
            continue; // trailers
        };
        if text.len() + chunk.len() > MAX_BYTES {
            return Err(Error::TooLong);
        }
        text.extend_from_slice(&chunk);
    }
    Ok(Response::from_parts(parts, text))
}
