//! tokio-util's codecs.
//!
//!   echo server CODEC               prints its port and echoes messages of one connection
//!   echo client CODEC PORT FILE     takes the steps in FILE

use bytes::{Bytes, BytesMut};
use futures::{SinkExt, StreamExt};
use std::io::{Error, ErrorKind, Result};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::codec::{
    AnyDelimiterCodec, Decoder, Encoder, Framed, LengthDelimitedCodec, LinesCodec,
};

/// One of the codecs, with bytes on both sides.
enum Codec {
    Length(LengthDelimitedCodec),
    Lines(LinesCodec),
    Delimiter(AnyDelimiterCodec),
}

fn other(error: impl ToString) -> Error {
    Error::new(ErrorKind::Other, error.to_string())
}

impl Decoder for Codec {
    type Item = Bytes;
    type Error = Error;

    fn decode(&mut self, from: &mut BytesMut) -> Result<Option<Bytes>> {
        match self {
            Codec::Length(codec) => Ok(codec.decode(from)?.map(BytesMut::freeze)),
            Codec::Lines(codec) => Ok(codec.decode(from).map_err(other)?.map(Bytes::from)),
            Codec::Delimiter(codec) => codec.decode(from).map_err(other),
        }
    }

    // The stream ends behind whole messages only.
    fn decode_eof(&mut self, from: &mut BytesMut) -> Result<Option<Bytes>> {
        match self.decode(from)? {
            None if !from.is_empty() => Err(other("the stream ended inside a message")),
            decoded => Ok(decoded),
        }
    }
}

impl Encoder<Bytes> for Codec {
    type Error = Error;

    fn encode(&mut self, message: Bytes, to: &mut BytesMut) -> Result<()> {
        match self {
            Codec::Length(codec) => codec.encode(message, to),
            Codec::Lines(codec) => codec
                .encode(std::str::from_utf8(&message).map_err(other)?, to)
                .map_err(other),
            Codec::Delimiter(codec) => codec
                .encode(std::str::from_utf8(&message).map_err(other)?, to)
                .map_err(other),
        }
    }
}

fn codec(name: &str) -> Codec {
    let mut length = LengthDelimitedCodec::builder();
    length.max_frame_length(1 << 24);
    match name {
        "length" => Codec::Length(length.new_codec()),
        "length 2 little" => Codec::Length(length.length_field_length(2).little_endian().new_codec()),
        "length 3" => Codec::Length(length.length_field_length(3).new_codec()),
        "length inclusive" => Codec::Length(length.length_adjustment(-4).new_codec()),
        "lines" => Codec::Lines(LinesCodec::new()),
        "delimiter" => Codec::Delimiter(AnyDelimiterCodec::new(b"|;".to_vec(), b"|".to_vec())),
        _ => panic!("no codec {}", name),
    }
}

fn framed(stream: TcpStream, name: &str) -> Result<Framed<TcpStream, Codec>> {
    stream.set_nodelay(true)?;
    Ok(Framed::new(stream, codec(name)))
}

async fn serve(name: &str) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("port {}", listener.local_addr()?.port());
    let mut peer = framed(listener.accept().await?.0, name)?;
    while let Some(message) = peer.next().await {
        peer.send(message?).await?;
    }
    Ok(())
}

async fn call(name: &str, port: &str, file: &str) -> Result<()> {
    let mut peer = framed(TcpStream::connect(format!("127.0.0.1:{}", port)).await?, name)?;
    let mut steps = Bytes::from(std::fs::read(file)?);
    while !steps.is_empty() {
        let kind = steps[0];
        let size = u32::from_be_bytes([steps[1], steps[2], steps[3], steps[4]]) as usize;
        let said = steps.slice(5..5 + size);
        steps = steps.slice(5 + size..);
        if kind == b's' {
            peer.send(said).await?;
        } else if peer.next().await.ok_or_else(|| other("ended too early"))?? != said {
            return Err(other("another message than expected"));
        }
    }
    Ok(())
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    match words[1].as_str() {
        "server" => runtime.block_on(serve(&words[2])),
        _ => runtime.block_on(call(&words[2], &words[3], &words[4])),
    }
}
