. "$(dirname "${BASH_SOURCE[0]}")/../lib/suite.bash"
