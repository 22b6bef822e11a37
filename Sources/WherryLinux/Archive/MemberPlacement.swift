import Glibc
import WherryModel

/// Puts one member of an archive after the other where it belongs.
struct MemberPlacement: Sendable {
  private static let plain: ResolveFlags = [.beneath, .noSymbolicLinks, .noMagicLinks]

  private struct OpenFile: Sendable {
    var file: FileDescriptorBox
    var folder: FileDescriptorBox
    var temporary: String
    var name: [UInt8]
    var member: TarMember
  }

  let folder: FileDescriptorBox
  let rules: ExtractionRules
  private(set) var leftOut: [String] = []
  private var open: OpenFile?
  /// Folders made here that get their attributes when what follows is no longer in them, so that they stay writable
  /// and keep their time.
  private var unfinished: [(names: [[UInt8]], member: TarMember)] = []
  /// The folder of the last member.
  private var parent: (names: [[UInt8]], folder: FileDescriptorBox)?

  init(folder: FileDescriptorBox, rules: ExtractionRules) {
    self.folder = folder
    self.rules = rules
  }

  mutating func begin(_ member: TarMember) throws(WherryError) {
    let names = try names(member.path)
    let linked = member.kind == .hardLink ? try self.names(member.target) : []
    do throws(SystemError) {
      try finishFolders(except: names)
      // The folder itself: it is there.
      guard let name = names.last else {
        if rules.setsTop, member.kind == .directory, unfinished.isEmpty { unfinished.append(([], member)) }
        return
      }
      let parent = try openFolder(Array(names.dropLast()))
      switch member.kind {
      case .directory: try makeFolder(name, names, member, in: parent)
      case .regular:
        try requireNoFolder(name, in: parent)
        let temporary = ".wherry-\(RandomName.next())"
        let file = try parent.file.open(temporary, [.writeOnly, .create, .exclusive, .noFollow], mode: 0o600)
        open = OpenFile(
          file: FileDescriptorBox(file), folder: parent, temporary: temporary, name: name, member: member)
      case .hardLink:
        guard let last = linked.last, linked != names else { return }
        let source = try openFolder(Array(linked.dropLast()))
        try clear(name, in: parent)
        try parent.file.link(last, in: source.file, as: name)
      case .symbolicLink:
        try clear(name, in: parent)
        try parent.file.makeSymbolicLink(name, to: member.target)
        try setOwner(of: name, member, in: parent)
        try parent.file.setModified(of: name, member.modified)
      case .characterDevice, .blockDevice, .fifo: try makeNode(name, member, in: parent)
      }
    } catch {
      throw Self.refusal(error, member)
    }
  }

  mutating func write(_ bytes: ArraySlice<UInt8>) throws(WherryError) {
    guard let open else { return }
    do throws(SystemError) {
      try open.file.file.write(bytes)
    } catch {
      abandon()
      throw Self.refusal(error, open.member)
    }
  }

  mutating func finishMember() throws(WherryError) {
    guard let open else { return }
    do throws(SystemError) {
      try setAttributes(of: open.file, open.member)
      try requireNoFolder(open.name, in: open.folder)
      try open.folder.file.rename(open.temporary, to: open.name, in: open.folder.file)
      self.open = nil
    } catch {
      abandon()
      throw Self.refusal(error, open.member)
    }
  }

  mutating func abandon() {
    guard let open else { return }
    self.open = nil
    // Best effort: why it was broken off is what the caller hears.
    do { try open.folder.file.unlink(open.temporary) } catch { return }
  }

  mutating func finishFolders() throws(WherryError) {
    do throws(SystemError) {
      while let last = unfinished.popLast() { try finishFolder(last.names, last.member) }
    } catch {
      throw WherryError(error)
    }
  }

  // MARK: Folders

  private mutating func finishFolders(except names: [[UInt8]]) throws(SystemError) {
    while let last = unfinished.last, !names.starts(with: last.names) {
      _ = unfinished.popLast()
      try finishFolder(last.names, last.member)
    }
  }

  private mutating func finishFolder(_ names: [[UInt8]], _ member: TarMember) throws(SystemError) {
    do {
      try setAttributes(of: try openFolder(names), member)
    } catch {
      // Somebody else took it away meanwhile.
      if error.errno != ENOENT && error.errno != ENOTDIR && error.errno != ELOOP { throw error }
    }
  }

  /// Makes what is missing.
  private mutating func openFolder(_ names: [[UInt8]]) throws(SystemError) -> FileDescriptorBox {
    if names.isEmpty { return folder }
    if let parent, parent.names == names { return parent.folder }
    let path = Array(names.joined(separator: [UInt8(ascii: "/")]))
    var found: FileDescriptorBox
    do {
      found = FileDescriptorBox(try folder.file.open(path, [.directory], resolve: Self.plain))
    } catch {
      guard error.errno == ENOENT else { throw error }
      found = folder
      for name in names {
        do {
          try found.file.makeDirectory(name, mode: 0o755)
          if let map = rules.map { try found.file.changeOwner(of: name, user: map.first, group: map.first) }
        } catch {
          if error.errno != EEXIST { throw error }
        }
        found = FileDescriptorBox(try found.file.open(name, [.directory, .noFollow]))
      }
    }
    parent = (names, found)
    return found
  }

  private mutating func makeFolder(
    _ name: [UInt8], _ names: [[UInt8]], _ member: TarMember, in parent: FileDescriptorBox
  ) throws(SystemError) {
    do {
      try parent.file.makeDirectory(name, mode: 0o700)
    } catch {
      guard error.errno == EEXIST else { throw error }
      guard try parent.file.status(of: name).kind == .directory else {
        throw SystemError(errno: ENOTDIR, "replace", "a file by folder \(member.path.pathText)")
      }
      return
    }
    var rest = member
    // Of a folder only owner, mode and time are set at the end; what waits must not grow with the archive.
    rest.attributes = [:]
    unfinished.append((names, rest))
  }

  /// A folder is never replaced by a file.
  private func requireNoFolder(_ name: [UInt8], in parent: FileDescriptorBox) throws(SystemError) {
    do {
      guard try parent.file.status(of: name).kind == .directory else { return }
    } catch {
      if error.errno == ENOENT { return }
      throw error
    }
    throw SystemError(errno: EISDIR, "replace", "a folder by file \(name.pathText)")
  }

  private func clear(_ name: [UInt8], in parent: FileDescriptorBox) throws(SystemError) {
    try requireNoFolder(name, in: parent)
    do {
      try parent.file.unlink(name)
    } catch {
      if error.errno != ENOENT { throw error }
    }
  }

  // MARK: Nodes and attributes

  private mutating func makeNode(_ name: [UInt8], _ member: TarMember, in parent: FileDescriptorBox)
    throws(SystemError)
  {
    guard member.kind == .fifo || rules.makesDevices else {
      if leftOut.count < 16 { leftOut.append(member.path.pathText) }
      return
    }
    try clear(name, in: parent)
    let kind: FileStatus.Kind =
      switch member.kind {
      case .fifo: .fifo
      case .blockDevice: .blockDevice
      default: .characterDevice
      }
    try parent.file.makeNode(name, kind, mode: 0, major: member.major, minor: member.minor)
    // Of the node itself, whatever has its name by now.
    let node = try parent.file.open(name, [.pathOnly, .noFollow])
    guard try node.status().kind == kind else {
      throw SystemError(errno: EAGAIN, "make node", member.path.pathText)
    }
    try setOwner(of: name, member, in: parent)
    try node.changeModeOfNode(permissions(member))
  }

  private func setAttributes(of file: FileDescriptorBox, _ member: TarMember) throws(SystemError) {
    if let owner = try owner(of: member) { try file.file.changeOwner(user: owner.user, group: owner.group) }
    try file.file.changeMode(permissions(member))
    if rules.keepsPrivileges, member.kind == .regular, let value = member.attributes["security.capability"] {
      try file.file.setExtendedAttribute("security.capability", value)
    }
    try file.file.setModified(member.modified)
  }

  private func setOwner(of name: [UInt8], _ member: TarMember, in parent: FileDescriptorBox)
    throws(SystemError)
  {
    if let owner = try owner(of: member) {
      try parent.file.changeOwner(of: name, user: owner.user, group: owner.group)
    }
  }

  /// As the device knows it; nil where it stays who extracts.
  private func owner(of member: TarMember) throws(SystemError) -> (user: UInt32, group: UInt32)? {
    let owner: (user: UInt32, group: UInt32)
    switch rules.owners {
    case .own:
      guard rules.map != nil else { return nil }
      owner = (0, 0)
    case .fixed(let user, let group): owner = (user, group)
    case .archived: owner = (member.userID, member.groupID)
    }
    guard let map = rules.map else { return owner }
    return (try map.outside(owner.user), try map.outside(owner.group))
  }

  private func permissions(_ member: TarMember) -> UInt32 {
    rules.keepsPrivileges || member.kind == .directory ? member.permissions : member.permissions & 0o1777
  }

  /// Plain names; the root of an absolute path is the folder itself.
  private func names(_ path: [UInt8]) throws(WherryError) -> [[UInt8]] {
    var names: [[UInt8]] = []
    let dot = UInt8(ascii: ".")
    for part in path.split(separator: UInt8(ascii: "/")) where Array(part) != [dot] {
      guard Array(part) != [dot, dot], part.count <= 255 else {
        throw WherryError(
          .invalidArgument, "the archive's path \(path.pathText.debugDescription) leads out of the folder",
          hint: "nothing outside was written; do not trust where it came from")
      }
      names.append(Array(part))
    }
    if let top = rules.top, names.first != top {
      throw WherryError(
        .invalidArgument, "the archive's path \(path.pathText.debugDescription) is not what was asked for",
        hint: "nothing was written there; do not trust where it came from")
    }
    return names
  }

  private static func refusal(_ error: any Error, _ member: TarMember) -> WherryError {
    guard let error = error as? SystemError else { return WherryError.wrapping(error) }
    let path = member.path.pathText.debugDescription
    switch error.errno {
    case EISDIR:
      return WherryError(.conflict, "cannot overwrite directory with non-directory \(path)", cause: error)
    case ENOTDIR where error.operation == "replace":
      return WherryError(.conflict, "cannot overwrite non-directory with directory \(path)", cause: error)
    case ELOOP, ENOTDIR:
      return WherryError(
        .conflict, "cannot extract \(path): a symbolic link or a file is in its way",
        hint: "nothing is written through links; copy to where the link leads", cause: error)
    case EROFS:
      return WherryError(.failedPrecondition, "cannot write \(path): it is mounted read-only", cause: error)
    default: return WherryError(error, "extract \(path)")
    }
  }
}
