import WherryCBOR
package import WherryLinux
import WherryModel

/// What a layer's tree must hold in one place, as it was when the layer was committed.
package struct ListedFile: Sendable, Hashable {
  /// In the tree, of plain names, without a slash in front; empty is the tree itself.
  package var path: [UInt8]
  package var kind: FileStatus.Kind
  /// The lower twelve bits of the mode.
  package var permissions: UInt32
  package var userID: UInt32
  package var groupID: UInt32
  /// Bytes of a regular file; zero for all else.
  package var size: UInt64
  /// Of a regular file, its SHA-256 digest, none where the file is mostly a hole; of a symbolic link, its target; of a
  /// device, its number.
  package var content: [UInt8]

  package init(
    path: [UInt8], kind: FileStatus.Kind, permissions: UInt32, userID: UInt32, groupID: UInt32, size: UInt64,
    content: [UInt8]
  ) {
    self.path = path
    self.kind = kind
    self.permissions = permissions
    self.userID = userID
    self.groupID = groupID
    self.size = size
    self.content = content
  }

  package init(path: [UInt8], _ status: FileStatus, content: [UInt8]) {
    self.init(
      path: path, kind: status.kind, permissions: status.permissions, userID: status.userID,
      groupID: status.groupID, size: status.kind == .regular ? UInt64(clamping: status.size) : 0,
      content: content)
  }

  /// For people.
  package var name: String { "/" + String(decoding: path, as: UTF8.self) }

  package static func deviceContent(_ number: UInt64) -> [UInt8] {
    (0..<8).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
  }

  /// The order of a walk that visits a folder before what is in it, and names by their bytes.
  package static func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    let slash = UInt8(ascii: "/")
    for (one, other) in zip(left, right) where one != other {
      // A name that is over comes before one that goes on; no name holds a NUL.
      return (one == slash ? 0 : one) < (other == slash ? 0 : other)
    }
    return left.count < right.count
  }
}

extension ListedFile {
  private static let kinds: [FileStatus.Kind] = [
    .regular, .directory, .symbolicLink, .characterDevice, .blockDevice, .fifo, .socket,
  ]

  func encode() throws(WherryError) -> [UInt8] {
    guard let number = Self.kinds.firstIndex(of: kind) else {
      throw WherryError(.internal, "\(name) is of an unknown kind")
    }
    var writer = CBORWriter()
    writer.writeArrayHeader(7)
    writer.writeBytes(path)
    writer.writeUInt(UInt64(number))
    writer.writeUInt(UInt64(permissions))
    writer.writeUInt(UInt64(userID))
    writer.writeUInt(UInt64(groupID))
    writer.writeUInt(size)
    writer.writeBytes(content)
    return writer.bytes
  }

  /// Throws `CBORError`, and `dataLoss` for what no layer holds.
  init(decoding bytes: ArraySlice<UInt8>) throws {
    var reader = CBORReader(bytes)
    guard try reader.readArrayHeader() == 7 else { throw Self.damaged }
    let path = try reader.readBytes()
    let kind = try reader.readUInt()
    let (mode, user, group) = (try reader.readUInt(), try reader.readUInt(), try reader.readUInt())
    let size = try reader.readUInt()
    let content = try reader.readBytes()
    reader.endContainer()
    try reader.requireEnd()
    guard Self.isPlain(path), kind < UInt64(Self.kinds.count), mode <= 0o7777,
      let userID = UInt32(exactly: user), let groupID = UInt32(exactly: group)
    else { throw Self.damaged }
    self.init(
      path: path, kind: Self.kinds[Int(kind)], permissions: UInt32(mode), userID: userID, groupID: groupID,
      size: size, content: content)
  }

  private static var damaged: WherryError { WherryError(.dataLoss, "a file of the layer's list is damaged") }

  private static func isPlain(_ path: [UInt8]) -> Bool {
    guard path.count < 4096, !path.contains(0) else { return false }
    let dot = UInt8(ascii: ".")
    return path.isEmpty
      || path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy {
        !$0.isEmpty && $0.count <= 255 && $0 != [dot] && $0 != [dot, dot]
      }
  }
}
