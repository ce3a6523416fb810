#!/bin/sh
# An agent CLI calls this at its events: event.sh FOLDER TMUX SOCKET EVENT [PAYLOAD], or with the payload as input.
# It keeps the payload as FOLDER/EVENT, and tells of the event in options of the pane, where every process sees it:
# @orc_turns counts beginnings and ends of turns, @orc_event is "turns event milliseconds". It prints nothing and never
# fails: some CLIs take either for an answer.
umask 077
folder=$1 tmux=$2 socket=$3 event=$4
kept=$folder/.$event.$$
{ if [ $# -gt 4 ]; then printf '%s' "$5"; else head -c 1000000; fi >"$kept" && mv -f "$kept" "$folder/$event"; } 2>/dev/null
# Some CLIs end when what they write is not read.
[ $# -gt 4 ] || cat >/dev/null 2>&1
# An id: tmux takes other words for names, and names by their beginning.
case ${TMUX_PANE#%} in '' | "$TMUX_PANE" | *[!0-9]*) exit 0 ;; esac
case $event in submitted | finished | failed) turn=1 ;; *) turn=0 ;; esac
now=$(date +%s%3N)
# Not every date(1) knows %3N.
case $now in *[!0-9]*) now=$(date +%s)000 ;; esac
"$tmux" -S "$socket" \
  set-option -p -F -t "$TMUX_PANE" @orc_turns "#{e|+|:#{?@orc_turns,#{@orc_turns},0},$turn}" \; \
  set-option -p -F -t "$TMUX_PANE" @orc_event "#{@orc_turns} $event $now" >/dev/null 2>&1
exit 0
