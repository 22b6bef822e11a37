import Glibc
import Testing
import WherryLinux
import WherryStore

@testable import WherryImages

/// A folder of a test's own, with a canary that nothing may touch.
final class Scratch {
  static let isRoot = geteuid() == 0

  let path: String
  let canary: String

  init() throws {
    var template = Array("/tmp/wherry-images-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SystemError.last("make", "scratch folder") }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    canary = "\(path)/canary"
    try Files.makeDirectories(canary)
    try Files.write("\(canary)/file", Array("unbroken".utf8), mode: 0o640)
    try Files.makeDirectories("\(path)/tree")
  }

  deinit {
    do { try Files.removeTree(path) } catch { Issue.record(error) }
  }

  var tree: String { "\(path)/tree" }

  /// A layer below: `lower/NUMBER/tree`.
  func lower(_ number: Int, _ archive: [UInt8], over: [String] = []) throws -> String {
    let folder = "\(path)/lower/\(number)"
    try Files.makeDirectories("\(folder)/tree")
    let result = try extract(archive, into: "\(folder)/tree", over: over)
    try Files.write("\(folder)/\(LayerStore.opaqueList)", LowerTree.encode(result.opaque))
    return "\(folder)/tree"
  }

  @discardableResult
  func extract(
    _ archive: [UInt8], into tree: String? = nil, over lowers: [String] = [],
    limits: ExtractionLimits = .init()
  ) throws -> LayerExtractor.Result {
    let old = umask(0)
    defer { umask(old) }
    let extractor = try LayerExtractor(
      tree: tree ?? self.tree, lowers: try lowers.reversed().map { try LowerTree(path: $0) }, limits: limits)
    return try extractor.extract(try TarReader(MemorySource(archive), what: "test archive"))
  }

  func checkCanary(_ location: SourceLocation = #_sourceLocation) throws {
    #expect(try Files.list(canary) == ["file"], sourceLocation: location)
    #expect(try Files.readText("\(canary)/file") == "unbroken", sourceLocation: location)
    let status = try Files.status("\(canary)/file")
    #expect(status.permissions == 0o640 && status.links == 1 && status.userID == 0, sourceLocation: location)
    let children = try Set(Files.list(path)).subtracting([
      "canary", "tree", "lower", LayerStore.skeleton, FileList.fileName,
    ])
    #expect(children.isEmpty, sourceLocation: location)
  }

  func status(_ path: String) throws -> FileStatus { try Files.status("\(tree)/\(path)") }
  func exists(_ path: String) throws -> Bool { try Files.statusIfPresent("\(tree)/\(path)") != nil }
  func text(_ path: String) throws -> String { try Files.readText("\(tree)/\(path)") }
  func isWhiteout(_ path: String) throws -> Bool {
    try Files.statusIfPresent("\(tree)/\(path)").map(LayeredRoot.isWhiteout) ?? false
  }
}

/// What a shell command writes.
func shell(_ command: String, _ input: [UInt8] = []) async throws -> [UInt8] {
  let output = try await Spawn("/bin/sh", ["-c", command]).output(input: input, maximum: 64 << 20)
  #expect(output.status.isSuccess, "\(command): \(output.errorText)")
  return output.stdout
}
