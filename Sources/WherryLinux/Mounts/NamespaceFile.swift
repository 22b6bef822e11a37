/// A namespace of a process, kept by a file that it is bound on (namespaces(7), "The /proc/pid/ns/ directory").
package enum NamespaceFile {
  /// The namespace of the process that has this number now: whoever opened it can look afterwards whether the process
  /// was the one that was meant. `kind` is a name in /proc/PID/ns.
  package static func open(_ kind: String, of pid: Int32) throws(SystemError) -> FileDescriptorBox {
    FileDescriptorBox(try FileDescriptor.open("/proc/\(pid)/ns/\(kind)"))
  }

  /// From now on `path` is the namespace, whatever becomes of its processes; what was there before is let go.
  package static func bind(_ namespace: FileDescriptorBox, on path: String) throws(SystemError) {
    try release(path)
    if let slash = path.lastIndex(of: "/") { try Files.makeDirectories(String(path[..<slash])) }
    try Files.write(path, [])
    try Mount.mount("/proc/self/fd/\(namespace.rawValue)", on: path, flags: [.bind])
  }

  /// Does nothing where nothing is there.
  package static func release(_ path: String) throws(SystemError) {
    guard try Files.exists(path) else { return }
    while try Mount.unmount(path, [.noFollow, .detach]) {}
    try Files.unlink(path)
  }
}
