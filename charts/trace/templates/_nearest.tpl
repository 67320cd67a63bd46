{{/*
The candidate closest to a word, if it is close enough to have been meant; as libs/runtime has it for our programs.
dict "word" "resorces" "candidates" (list …)
*/}}
{{- define "trace.nearest" -}}
{{- $word := splitList "" (lower .word) -}}
{{- $best := "" -}}
{{- $bestSteps := add1 (max 2 (div (len $word) 2)) -}}
{{- range $candidate := .candidates -}}
{{- $letters := splitList "" (lower $candidate) -}}
{{- /* Levenshtein's table, row by row: the steps from the first letters of the word to the first of the candidate. */ -}}
{{- $above := untilStep 0 (int (add1 (len $letters))) 1 -}}
{{- range $i, $letter := $word -}}
{{- $row := list (add1 $i) -}}
{{- range $j, $other := $letters -}}
{{- $changed := add (index $above $j) (ternary 0 1 (eq $letter $other)) -}}
{{- $row = append $row (min $changed (add1 (index $above (int (add1 $j)))) (add1 (last $row))) -}}
{{- end -}}
{{- $above = $row -}}
{{- end -}}
{{- if lt (int64 (last $above)) (int64 $bestSteps) -}}
{{- $best = $candidate -}}
{{- $bestSteps = last $above -}}
{{- end -}}
{{- end -}}
{{- $best -}}
{{- end -}}
