//! tokio-util's codecs at work.
//!
//!   bench         answers requests (bench/driver/programs.py) with nanoseconds a frame
//!   bench serve   prints its port and serves frames with a 4-byte length: what starts with 'S' is
//!                 swallowed, anything else echoed, many replies to a write

use bytes::{Bytes, BytesMut};
use futures::{FutureExt, SinkExt, StreamExt};
use std::io::{BufRead, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::codec::{Decoder, Encoder, Framed, LengthDelimitedCodec, LinesCodec};

type Failure = Box<dyn std::error::Error>;

/// What this thread has run, as Google Benchmark counts it too: nobody pays for a busy neighbour.
fn cpu_time() -> Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut now) };
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// Runs passes until the time is up; nanoseconds a frame.
fn repeat(seconds: f64, mut pass: impl FnMut() -> Result<u64, Failure>) -> Result<f64, Failure> {
    let (start, mut frames) = (cpu_time(), 0);
    loop {
        frames += pass()?;
        let took = cpu_time() - start;
        if took >= Duration::from_secs_f64(seconds) {
            return Ok(took.as_nanos() as f64 / frames as f64);
        }
    }
}

/// Makes the compiler believe that the value is needed.
fn keep(value: usize) {
    static KEPT: AtomicUsize = AtomicUsize::new(0);
    KEPT.store(value, Ordering::Relaxed);
}

fn decode<C: Decoder>(mut codec: C, stream: &[u8], chunk: usize, seconds: f64) -> Result<f64, Failure>
where
    C::Item: AsRef<[u8]>,
    C::Error: std::error::Error + 'static,
{
    let mut buffer = BytesMut::new();
    repeat(seconds, || {
        let (mut total, mut frames) = (0usize, 0);
        for piece in stream.chunks(chunk) {
            buffer.extend_from_slice(piece);
            while let Some(frame) = codec.decode(&mut buffer)? {
                let frame = frame.as_ref();
                total += frame.len() + *frame.first().unwrap_or(&0) as usize;
                frames += 1;
            }
        }
        keep(total);
        Ok(frames)
    })
}

fn encode(size: usize, seconds: f64) -> Result<f64, Failure> {
    let mut codec = LengthDelimitedCodec::new();
    let payload = Bytes::from(vec![b'x'; size]);
    let room = (512 << 10).max(2 * size);
    let mut out = BytesMut::with_capacity(room + size + 64);
    repeat(seconds, || {
        let mut frames = 0;
        out.clear();
        while out.len() < room {
            codec.encode(payload.clone(), &mut out)?;
            frames += 1;
        }
        keep(out.as_ptr() as usize);
        Ok(frames)
    })
}

fn answer(request: &str) -> Result<Option<f64>, Failure> {
    let words: Vec<&str> = request.split_whitespace().collect();
    let seconds: f64 = words[3].parse()?;
    Ok(match (words[0], words[1]) {
        ("encode", _) => Some(encode(words[2].parse()?, seconds)?),
        (framing, file) => {
            let stream = std::fs::read(file)?;
            let chunk = words[2].parse()?;
            match framing {
                "length" => Some(decode(LengthDelimitedCodec::new(), &stream, chunk, seconds)?),
                "lf" | "crlf" => Some(decode(LinesCodec::new(), &stream, chunk, seconds)?),
                _ => None,
            }
        }
    })
}

async fn serve_one(socket: TcpStream) -> std::io::Result<()> {
    socket.set_nodelay(true)?;
    let mut framed = Framed::with_capacity(socket, LengthDelimitedCodec::new(), 65536);
    while let Some(frame) = framed.next().await {
        let mut frame = frame?;
        loop {
            if frame.first() != Some(&b'S') {
                framed.feed(frame.freeze()).await?;
            }
            match framed.next().now_or_never() {
                Some(Some(next)) => frame = next?,
                _ => break,
            }
        }
        framed.flush().await?;
    }
    Ok(())
}

fn serve() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let tasks = tokio::task::LocalSet::new();
    tasks.block_on(&runtime, async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("port {}", listener.local_addr()?.port());
        loop {
            let (socket, _) = listener.accept().await?;
            tokio::task::spawn_local(serve_one(socket));
        }
    })
}

fn main() -> Result<(), Failure> {
    if std::env::args().nth(1).as_deref() == Some("serve") {
        return serve();
    }
    for request in std::io::stdin().lock().lines() {
        match answer(&request?)? {
            Some(nanoseconds) => println!("{}", nanoseconds),
            None => println!("-"),
        }
        std::io::stdout().flush()?;
    }
    Ok(())
}
