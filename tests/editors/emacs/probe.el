;;; Drives eglot in batch mode and prints what it saw as JSON.  -*- lexical-binding: t -*-
(require 'eglot)
(require 'json)

(defun probe-wait (what condition)
  (let ((end (+ (float-time) 60)) value)
    (while (and (not (setq value (funcall condition))) (< (float-time) end))
      (accept-process-output nil 0.05))
    (or value (error "Timed out waiting for %s" what))))

(define-derived-mode go-mode prog-mode "Go")
(add-to-list 'auto-mode-alist '("\\.go\\'" . go-mode))
(setq eglot-server-programs `((go-mode . (,(getenv "PROBE_SERVER") "serve")))
      eglot-sync-connect 30 eglot-autoshutdown t vc-handled-backends nil)

(let (diagnostics)
  (advice-add 'eglot-handle-notification :before
              (lambda (_server method &rest arguments)
                (when (eq method 'textDocument/publishDiagnostics)
                  (setq diagnostics
                        (append diagnostics (plist-get arguments :diagnostics) nil)))))
  (find-file (getenv "PROBE_FILE"))
  (apply #'eglot (eglot--guess-contact))
  (let ((server (probe-wait "the server" #'eglot-current-server)))
    ;; One notification for each file of the package.
    (probe-wait "diagnostics" (lambda () (> (length diagnostics) 3)))
    (goto-char (point-min))
    (search-forward "&Order{")
    (backward-char 3)
    (let* ((hover (jsonrpc-request server :textDocument/hover
                                   (eglot--TextDocumentPositionParams) :timeout 30))
           (contents (plist-get hover :contents)))
      (princ (json-encode
              `((codes . ,(vconcat (mapcar (lambda (one) (plist-get one :code)) diagnostics)))
                (hover . ,(if (stringp contents) contents (plist-get contents :value)))))))
    (eglot-shutdown server)))
