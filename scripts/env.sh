# Puts the project's cached tools in front of PATH. Source it: `. scripts/env.sh` (bash, zsh or any POSIX shell).
#
# It installs nothing, prints nothing and works with an empty cache: folders that are not there yet are skipped, so source
# it again after a setup. `scripts/setup.sh` fills the cache.
#
# Sets: KUBESMITH_CACHE        the cache (default: $XDG_CACHE_HOME/kubesmith or ~/.cache/kubesmith)
#       PATH                   cached node, yarn, terraform or tofu, kubectl of the cluster's version and ansible
#                              (not its whole virtual environment, so that python3 stays the machine's own)
#       NODE_USE_SYSTEM_CA     1 unless set: Node.js believes the machine's CAs too, as a department's proxy may need
#       npm_config_nodedir     Node's headers, so that native modules compile without a download
#       YARN_GLOBAL_FOLDER     Yarn's cache, below ours
#       TF_CLI_CONFIG_FILE     the provider mirror's configuration, if setup has written one

KUBESMITH_CACHE="${KUBESMITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kubesmith}"
export KUBESMITH_CACHE

for _kubesmith_dir in "$KUBESMITH_CACHE/node/bin" "$KUBESMITH_CACHE/bin"; do
  case ":$PATH:" in
    *":$_kubesmith_dir:"*) ;;
    *) PATH="$_kubesmith_dir:$PATH" ;;
  esac
done
unset _kubesmith_dir
export PATH

YARN_GLOBAL_FOLDER="${YARN_GLOBAL_FOLDER:-$KUBESMITH_CACHE/yarn}"
export YARN_GLOBAL_FOLDER

NODE_USE_SYSTEM_CA="${NODE_USE_SYSTEM_CA:-1}"
export NODE_USE_SYSTEM_CA

if [ -d "$KUBESMITH_CACHE/node/include" ]; then
  npm_config_nodedir="$KUBESMITH_CACHE/node"
  export npm_config_nodedir
fi

if [ -f "$KUBESMITH_CACHE/terraformrc" ]; then
  TF_CLI_CONFIG_FILE="$KUBESMITH_CACHE/terraformrc"
  export TF_CLI_CONFIG_FILE
fi
