//! Sends one HTTP/1.1 request over one connection and reads the response.

use bytes::Bytes;
use http::{Request, Response, header::CONTENT_LENGTH};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::{Error, MAX_BYTES};

/// Sends the request, reads the whole response and closes the connection.
///
/// Connections are not reused: an idle connection becomes stale, and its IP address would not be checked
/// again.
///
/// # Errors
/// The connection breaks, or the response is a redirect, malformed or longer than [`MAX_BYTES`].
pub(super) async fn exchange<S>(
    stream: S,
    request: Request<Full<Bytes>>,
) -> Result<Response<Vec<u8>>, Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let response = async move { read_response(sender.send_request(request).await?).await };
    let (mut response, mut connection) = (std::pin::pin!(response), std::pin::pin!(connection));
    let mut is_open = true;
    loop {
        tokio::select! {
            biased;
            response = &mut response => return response,
            // The sender receives the error that ended the connection.
            _ = &mut connection, if is_open => is_open = false,
        }
    }
}

/// Reads the body of a response up to [`MAX_BYTES`], counting the bytes as they arrive.
///
/// # Errors
/// The response is a redirect or too long, or the connection breaks.
async fn read_response(response: Response<Incoming>) -> Result<Response<Vec<u8>>, Error> {
    if response.status().is_redirection() {
        return Err(Error::Redirected);
    }
    let (parts, mut body) = response.into_parts();
    let length = parts.headers.get(CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > MAX_BYTES) {
        return Err(Error::TooLong);
    }
    let mut content = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(chunk) = frame?.into_data() else {
            continue; // A frame of trailers.
        };
        if content.len() + chunk.len() > MAX_BYTES {
            return Err(Error::TooLong);
        }
        content.extend_from_slice(&chunk);
    }
    Ok(Response::from_parts(parts, content))
}
