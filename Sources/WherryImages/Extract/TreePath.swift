/// A path inside a tree, of plain names: no links, no `.` or `..`. Empty is the tree itself.
struct TreePath: Hashable, Sendable, CustomStringConvertible {
  /// Joined by `/`, as the kernel takes it.
  private(set) var bytes: [UInt8] = []

  static let root = TreePath()

  var isRoot: Bool { bytes.isEmpty }

  /// For `openat2` from the tree's own descriptor.
  var orDot: [UInt8] { bytes.isEmpty ? [UInt8(ascii: ".")] : bytes }

  func appending(_ name: [UInt8]) -> TreePath {
    var path = self
    if !path.bytes.isEmpty { path.bytes.append(UInt8(ascii: "/")) }
    path.bytes.append(contentsOf: name)
    return path
  }

  /// The parent and the last name; nil for the root.
  var split: (parent: TreePath, name: [UInt8])? {
    guard !isRoot else { return nil }
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return (.root, bytes) }
    var parent = TreePath()
    parent.bytes = Array(bytes[..<slash])
    return (parent, Array(bytes[(slash + 1)...]))
  }

  /// Whether it is `other` or below it.
  func isAtOrBelow(_ other: TreePath) -> Bool {
    if other.isRoot || self == other { return true }
    return bytes.starts(with: other.bytes) && bytes[other.bytes.count] == UInt8(ascii: "/")
  }

  init() {}

  /// From a list the worker wrote or sent: checked again. Nil where it is not of plain names.
  init?(checking bytes: [UInt8]) {
    guard bytes.count < 4096, !bytes.contains(0) else { return nil }
    guard !bytes.isEmpty else { return }
    let names = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let dot = UInt8(ascii: ".")
    guard names.allSatisfy({ !$0.isEmpty && $0.count <= 255 && $0 != [dot] && $0 != [dot, dot] }) else {
      return nil
    }
    self.bytes = bytes
  }

  var description: String { "/" + String(decoding: bytes, as: UTF8.self) }
}

/// Names of an archive's path, cleaned as Go's `filepath.Clean("/" + path)` does: `..` takes the name
/// before it away and ends at the root.
func cleanComponents(_ path: some Collection<UInt8>) -> [[UInt8]] {
  var names: [[UInt8]] = []
  let dot = UInt8(ascii: ".")
  for name in path.split(separator: UInt8(ascii: "/")) {
    let name = Array(name)
    if name == [dot] { continue }
    if name == [dot, dot] {
      _ = names.popLast()
    } else {
      names.append(name)
    }
  }
  return names
}
