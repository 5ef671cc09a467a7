// Uses files in every way that Rust's library has, with names relative to where it starts, and prints what comes of it.
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, ErrorKind, Read, Result, Seek, SeekFrom, Write};
use std::path::Path;

fn said<T>(what: &str, result: Result<T>) {
    match result {
        Ok(_) => println!("{}: fine", what),
        Err(e) => println!("{}: {}", what, kind(&e)),
    }
}

// Kinds that this library has no name for differ between systems in their words.
fn kind(e: &std::io::Error) -> String {
    match e.kind() {
        ErrorKind::NotFound | ErrorKind::AlreadyExists | ErrorKind::PermissionDenied | ErrorKind::InvalidInput => format!("{:?}", e.kind()),
        _ => "another error".to_string(),
    }
}

fn show(path: &str) {
    match fs::read_to_string(path) {
        Ok(text) => println!("{}: {:?}", path, text),
        Err(e) => println!("{}: {}", path, kind(&e)),
    }
}

fn walk(path: &Path, depth: usize) -> Result<()> {
    let mut entries = fs::read_dir(path)?.collect::<Result<Vec<_>>>()?;
    entries.sort_by_key(|e| e.file_name());
    for e in entries {
        let kind = e.file_type()?;
        let name = e.file_name().into_string().unwrap();
        println!("{}{} {}", " ".repeat(depth), name, if kind.is_dir() { "folder" } else if kind.is_symlink() { "link" } else { "file" });
        if kind.is_dir() {
            walk(&e.path(), depth + 1)?;
        }
    }
    Ok(())
}

fn sort_lines() -> Result<()> {
    let mut out = BufWriter::new(File::create("lines")?);
    let mut n: u32 = 12345;
    for _ in 0..20000 {
        n = n.wrapping_mul(1664525).wrapping_add(1013904223);
        writeln!(out, "{:08x}", n)?;
    }
    out.flush()?;
    drop(out);
    let mut lines: Vec<String> = BufReader::new(File::open("lines")?).lines().collect::<Result<_>>()?;
    lines.sort();
    fs::write("sorted", lines.join("\n"))?;
    println!("{} lines from {} to {}, {} bytes", lines.len(), lines[0], lines[lines.len() - 1], fs::metadata("sorted")?.len());
    Ok(())
}

fn main() -> Result<()> {
    fs::create_dir_all("a/b/c")?;
    fs::write("a/one", "the first")?;
    fs::write("a/b/two", "the second")?;
    println!("copied {} bytes", fs::copy("a/one", "a/b/c/three")?);
    walk(Path::new("."), 0)?;
    let mut f = OpenOptions::new().append(true).open("a/one")?;
    f.write_all(b", and more")?;
    drop(f);
    show("a/one");
    let mut f = OpenOptions::new().read(true).write(true).open("a/one")?;
    f.seek(SeekFrom::Start(4))?;
    f.write_all(b"FIRST")?;
    f.seek(SeekFrom::End(-4))?;
    let mut tail = String::new();
    f.read_to_string(&mut tail)?;
    println!("it ends with {:?} at {}", tail, f.stream_position()?);
    f.set_len(9)?;
    f.sync_all()?;
    drop(f);
    show("a/one");
    said("a missing file", File::open("none"));
    said("making it again", fs::create_dir("a"));
    said("a new file that exists", OpenOptions::new().write(true).create_new(true).open("a/one"));
    said("removing a full folder", fs::remove_dir("a"));
    said("reading a folder", fs::read("a"));
    said("writing what was opened for reading", File::open("a/one")?.write(b"x"));
    said("renaming", fs::rename("a/b/two", "a/two"));
    said("renaming a folder", fs::rename("a/b", "a/d"));
    said("what had the name", fs::metadata("a/b"));
    show("a/d/c/three");
    said("what is missing", fs::remove_file("a/none"));
    println!("a/one is read-only: {}", fs::metadata("a/one")?.permissions().readonly());
    println!("a is a folder: {}, a/one: {}", fs::metadata("a")?.is_dir(), fs::metadata("a/one")?.is_dir());
    sort_lines()?;
    walk(Path::new("a"), 0)?;
    fs::remove_dir_all("a")?;
    said("what was removed", fs::metadata("a"));
    println!("{}", std::env::args().count());
    Ok(())
}
