// Small programs of the lab: no dependencies.
module lab.local/tools

go 1.25
