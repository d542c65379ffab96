#!/bin/sh
# Stands for ansible-playbook where there is no node that it could work on. Tells what the callback plugin would tell, writes
# down that it ran, and may be run any number of times.
tell() {
  printf '{"v":1,%s}\n' "$1" >> "$KUBESMITH_ANSIBLE_EVENTS"
}
echo "begun $$" >> "$HOME/simulated-playbook.log"
ssh-add -l > /dev/null || exit 4
tell '"event":"task","task":"simulated : Install","index":1,"total":2'
sleep 0.3
tell '"event":"host","task":"simulated : Install","host":"demo-cp-1","status":"changed","ms":300'
tell '"event":"task","task":"simulated : Join","index":2,"total":2'
sleep 0.3
tell '"event":"host","task":"simulated : Join","host":"demo-w-1","status":"changed","ms":300'
echo "done $$" >> "$HOME/simulated-playbook.log"
