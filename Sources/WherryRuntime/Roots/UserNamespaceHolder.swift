import WherryLinux

/// The process `wherry hold-user-namespace`: there while a user namespace for mounts is made.
package enum UserNamespaceHolder {
  /// Must be called before the process has a second thread.
  package static func main(_ words: [String]) -> Never { UserNamespace.hold(words) }
}
