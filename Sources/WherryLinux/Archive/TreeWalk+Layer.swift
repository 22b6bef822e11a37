/// The upper folder of an overlay as a layer of an image.
extension TreeWalk {
  /// Whether it means something to overlay or to a layer's archive and is no file of its own.
  mutating func isLayersOwn(
    _ name: [UInt8], _ status: FileStatus, as path: [UInt8]
  ) throws(SystemError) -> Bool {
    if name.starts(with: ArchiveRules.whiteoutPrefix) {
      refuse(path, "in an image's layer a name that begins with .wh. means a file that was deleted")
      return true
    }
    if status.kind == .characterDevice, status.representedDevice == 0 {
      output += ArchiveRules.marker(ArchiveRules.whiteoutPrefix + name, in: Array(path.dropLast(name.count)))
      return true
    }
    return status.kind == .regular && status.size == 0 && rules.placeholders.contains(path)
  }

  /// Writes a folder of a layer. False where it is only there to be mounted on.
  mutating func beginLayerFolder(
    _ folder: FileDescriptorBox, _ prefix: [UInt8], _ status: FileStatus, _ names: [[UInt8]]
  ) throws(SystemError) -> Bool {
    let path = Array(prefix.dropLast())
    guard try folder.file.extendedAttribute("trusted.overlay.redirect", maximum: 4096) == nil else {
      refuse(path, "this kernel's overlay keeps a reference instead of the folder (redirect_dir)")
      return false
    }
    let isOpaque =
      try folder.file.extendedAttribute("trusted.overlay.opaque", maximum: 8) == [UInt8(ascii: "y")]
    if names.isEmpty, !isOpaque, rules.placeholders.contains(path) { return false }
    var member = describe(prefix, .directory, status)
    member.attributes = try ArchivedAttributes.read(folder.file)
    output += TarWriter.header(member)
    if isOpaque { output += ArchiveRules.marker(ArchiveRules.opaque, in: prefix) }
    return true
  }

  mutating func refuse(_ path: [UInt8], _ reason: String) {
    if refusal == nil { refusal = "/\(path.pathText): \(reason)" }
  }
}
