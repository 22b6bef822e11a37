/// Client and daemon are one binary and have one version, which is the Debian package's too (a gate compares them).
package enum WherryVersion {
  package static let current = "0.1.0"
}
