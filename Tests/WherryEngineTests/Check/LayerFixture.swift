import Synchronization
import WherryLinux
import WherryModel
import WherryOCI
import WherryWire

@testable import WherryEngine
@testable import WherryStore

/// Layers with lists of their files, and images of them, as a pull leaves them.
struct LayerFixture {
  let store: Store

  /// The layer's files by path; `beside` goes next to its tree. `damageList` makes a list that breaks off, and is as the
  /// record says all the same.
  @discardableResult
  func add(
    _ id: Digest, _ files: [String: String], beside: [String: String] = [:], damageList: Bool = false
  ) throws -> LayerRecord {
    let staged = try store.staging.makeFolder("layer")
    try Files.makeDirectories(staged + "/tree", mode: 0o755)
    for (path, content) in files {
      let folder = path.split(separator: "/").dropLast().joined(separator: "/")
      try Files.makeDirectories("\(staged)/tree/\(folder)", mode: 0o755)
      try Files.write("\(staged)/tree/\(path)", Array(content.utf8), mode: 0o644)
    }
    for (name, content) in beside { try Files.write("\(staged)/\(name)", Array(content.utf8)) }
    try list(staged)
    if damageList {
      let path = "\(staged)/\(FileList.fileName)"
      try Files.write(path, try Files.read(path).dropLast(3))
    }
    let record = LayerRecord(id: id, diffID: id, blob: id, size: 10, added: .now())
    try store.layers.commit(staged: staged, record)
    return try store.layers.record(id) ?? record
  }

  private func list(_ folder: String) throws {
    let writer = try FileList.Writer("\(folder)/\(FileList.fileName)")
    let lister = try TreeLister(folder + "/tree")
    while let item = try lister.next() {
      var content: [UInt8] = []
      if item.status.kind == .regular {
        var digest = RunningDigest()
        try lister.open(item.path, []).readAll(maximum: 1 << 20).withUnsafeBytes { digest.update($0) }
        content = digest.finish()
      }
      try writer.append(ListedFile(path: item.path, item.status, content: content))
    }
    try writer.finish()
  }

  /// An image of these layers, whose blobs are called `blob` and their number.
  @discardableResult
  func image(_ name: String, _ layers: [String], blob: String = "blob", architecture: String = "amd64") throws
    -> ImageRecord
  {
    let configuration = ImageConfiguration(
      created: Timestamp(nanoseconds: 1), platform: Platform(os: "linux", architecture: architecture),
      config: .init(command: [name]), diffIDs: layers.map { Digest.sha256(of: $0.utf8) })
    let json = try configuration.json()
    let id = Digest.sha256(of: json)
    let descriptors = layers.indices.map {
      #"{"mediaType":"\#(MediaType.layerGzip.rawValue)","digest":"\#(Digest.sha256(of: "\(blob)\($0)".utf8))","size":1}"#
    }
    let config =
      #"{"mediaType":"\#(MediaType.configuration.rawValue)","digest":"\#(id)","size":\#(json.count)}"#
    let manifest = Array(
      #"{"schemaVersion":2,"mediaType":"\#(MediaType.manifest.rawValue)","config":\#(config),"layers":[\#(descriptors.joined(separator: ","))]}"#
        .utf8)
    let digest = Digest.sha256(of: manifest)
    try store.images.putBlob(json, id)
    try store.images.putBlob(manifest, digest)
    let record = ImageRecord(id: id, manifest: digest, layers: configuration.layerIDs, added: .now())
    try store.images.put(record)
    try store.images.setName(ImageName(reference: name, image: id, digest: digest))
    return record
  }
}

/// What a check told.
final class ToldFindings: Sendable {
  private let state = Mutex<[CheckFinding]>([])
  var findings: [CheckFinding] { state.withLock { $0 } }
  func add(_ finding: CheckFinding) { state.withLock { $0.append(finding) } }
  /// `layer file outcome`, of those that count as damage.
  var damage: [String] {
    findings.filter { $0.severity == .damaged || $0.severity == .missing }.map { finding in
      let file = (finding.path ?? "").split(separator: "/").last ?? ""
      let outcome =
        switch finding.outcome {
        case .reported: "reported"
        case .repaired: "repaired"
        default: "kept"
        }
      return "\(finding.object) \(file) \(outcome)"
    }
  }
}

extension Bench {
  func session(repair: Bool = false, _ told: ToldFindings) -> CheckSession {
    CheckSession(context: engine.context, repair: repair, quick: false) { told.add($0) }
  }
}
