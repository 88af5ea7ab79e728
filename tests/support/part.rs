//! What runs in the containers of tests: a program of its own, compiled without anything else into an image. What it does
//! is its first argument; without one it waits for ever. Started a second time, it becomes healthy; asked by `probe` before
//! that, it says what is wrong.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

fn main() {
    let word = |at: usize| std::env::args().nth(at).unwrap_or_default();
    let file = || std::fs::read(word(2)).unwrap();
    // The words themselves where they name no file.
    let said = || std::fs::read(word(2)).unwrap_or_else(|_| format!("{}\n", word(2)).into_bytes());
    let print = |bytes: Vec<u8>| std::io::stdout().write_all(&bytes).unwrap();
    match word(1).as_str() {
        "true" => {}
        "exit" => std::process::exit(word(2).parse().unwrap()),
        "sleep" => std::thread::sleep(std::time::Duration::from_secs_f64(word(2).parse().unwrap())),
        "exists" => std::process::exit(!Path::new(&word(2)).exists() as i32),
        "cat" => print(file()),
        "touch" => std::fs::write(word(2), "").unwrap(),
        "env" => std::env::vars().for_each(|(name, value)| println!("{name}={value}")),
        "fail" => {
            println!("{}", word(2));
            std::process::exit(3)
        }
        "complain" => {
            print(file());
            std::process::exit(1)
        }
        "probe" if Path::new("/healthy").exists() => {}
        "probe" => {
            println!("the model does not answer");
            std::process::exit(1)
        }
        "say" => {
            print(said());
            wait()
        }
        "mutter" => {
            std::io::stderr().write_all(&file()).unwrap();
            wait()
        }
        "flood" => {
            let lines: u64 = word(2).parse().unwrap();
            let mut out = std::io::BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
            let rest = " the lighthouse keeper was away".repeat(32);
            for line in 0..lines {
                writeln!(out, "line {line:08}{rest}").unwrap();
            }
            out.flush().unwrap();
        }
        "eat" => {
            let mut eaten = Vec::new();
            loop {
                eaten.push(vec![1_u8; 1 << 20]);
            }
        }
        "get" => {
            let mut stream = TcpStream::connect(word(2)).unwrap();
            stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).unwrap();
            print(answer);
        }
        "serve" => {
            let listener = TcpListener::bind(("0.0.0.0", word(2).parse().unwrap())).unwrap();
            for mut stream in listener.incoming().flatten() {
                let _ = stream.read(&mut [0; 512]);
                let _ = stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nhello\n");
            }
        }
        _ => {
            // Where nothing can be written, nobody asks whether it is healthy.
            if Path::new("/started").exists() {
                let _ = std::fs::write("/healthy", "");
            }
            let _ = std::fs::write("/started", "");
            wait()
        }
    }
}

fn wait() -> ! {
    loop {
        std::thread::park();
    }
}
