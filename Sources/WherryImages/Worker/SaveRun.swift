import WherryLinux
import WherryModel

/// Makes layers' archives again and writes them to descriptor 3, one after another as the daemon asks for them.
struct SaveRun {
  var job: FetchJob
  var daemon: DaemonChannel

  func run() throws {
    daemon.send(.resolved)
    while true {
      switch try daemon.next() {
      case .measure(let folder):
        let size = try LayerArchive(folder: folder, what: Self.name(folder)).measure()
        daemon.send(
          .unpacked(UnpackedLayer(layer: 0, diffID: "", archiveBytes: size, fileBytes: 0, opaque: [])))
      case .stream(let folder): try stream(folder)
      case .finish: return
      case .plan, .extract, .skip, .give, .upload, .mend: break
      }
    }
  }

  private func stream(_ folder: String) throws {
    let what = Self.name(folder)
    let archive = DigestingSource(
      try LayerArchive(folder: folder, what: what), limit: job.extraction.archiveBytes, what: what)
    try withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 16) { buffer in
      while true {
        let count = try archive.read(into: buffer)
        if count == 0 { break }
        try FrameCodec.send(Array(buffer[..<count])[...], to: 3)
      }
    }
    daemon.send(
      .unpacked(
        UnpackedLayer(
          layer: 0, diffID: try archive.digest().description, archiveBytes: archive.count, fileBytes: 0,
          opaque: [])))
  }

  private static func name(_ folder: String) -> String {
    "layer \(String(folder.split(separator: "/").last ?? "").prefix(12))"
  }
}
