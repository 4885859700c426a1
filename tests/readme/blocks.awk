# Prints the fenced blocks of a document that are in one language (-v language=cpp), and a form feed on
# a line of its own after each.
/^ *```/ {
  if (open) {
    if (wanted) print "\f"
    open = wanted = 0
  } else {
    open = 1
    wanted = $0 ~ "^ *```" language "$"
  }
  next
}
wanted
