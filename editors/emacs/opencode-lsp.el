;;; opencode-lsp.el --- opencode in Emacs, through Eglot  -*- lexical-binding: t -*-

;; Emacs 30 or newer. Save this as ~/.emacs.d/opencode-lsp.el, and add to ~/.emacs.d/init.el:
;;   (autoload 'opencode-lsp "~/.emacs.d/opencode-lsp" "Use opencode in this project." t)
;; Then, in a file of a project: M-x opencode-lsp.

(require 'eglot)
(require 'project)

(defvar opencode-lsp-program "opencode-lsp")

(defvar opencode-lsp-settings nil
  "The settings of opencode-lsp, such as (:server (:autostart t)).")

(defvar opencode-lsp-languages
  '((c-mode . "c") (c-ts-mode . "c") (c++-mode . "cpp") (c++-ts-mode . "cpp") (go-mode . "go") (go-ts-mode . "go")
    (java-mode . "java") (java-ts-mode . "java") (js-base-mode . "javascript") (lua-mode . "lua") (lua-ts-mode . "lua")
    (markdown-mode . "markdown") (python-base-mode . "python") (ruby-base-mode . "ruby") (rust-mode . "rust")
    (rust-ts-mode . "rust") (sh-base-mode . "shellscript") (typescript-ts-base-mode . "typescript")
    (conf-mode . "") (prog-mode . "") (text-mode . ""))
  "The modes whose buffers opencode-lsp is told of, and their LSP languages.")

(defclass opencode-lsp-server (eglot-lsp-server) ()
  "A server that asks for a line of text, and whose questions may be left open.")

;;;###autoload
(defun opencode-lsp ()
  "Use opencode in the project of this buffer."
  (interactive)
  (let ((project (or (project-current) (cons 'transient default-directory))))
    (eglot (mapcar #'car opencode-lsp-languages) project 'opencode-lsp-server (list opencode-lsp-program)
           (mapcar #'cdr opencode-lsp-languages))))

(defun opencode-lsp-ask ()
  "Ask opencode about the region, or about this line."
  (interactive)
  (let* ((bounds (if (use-region-p) (list (region-beginning) (region-end)) (list (point) (point))))
         (actions (apply #'eglot-code-actions bounds))
         (ask (seq-find (lambda (action) (string-prefix-p "Ask opencode about" (plist-get action :title))) actions)))
    (unless ask
      (user-error "Nothing to ask opencode about here"))
    (eglot-execute (opencode-lsp--server) ask)))

(defun opencode-lsp-command (command)
  "Run a COMMAND of opencode-lsp, such as opencode.permissions."
  (interactive
   (progn
     (opencode-lsp--server)
     (list (completing-read "Command: " (append (eglot-server-capable :executeCommandProvider :commands) nil) nil t))))
  (eglot-execute (opencode-lsp--server) (list :command command)))

(defun opencode-lsp--server ()
  "The server of this buffer."
  (or (eglot-current-server) (user-error "Start it with M-x opencode-lsp")))

(cl-defmethod eglot-initialization-options ((_server opencode-lsp-server))
  (or opencode-lsp-settings (cl-call-next-method)))

(cl-defmethod eglot-client-capabilities ((_server opencode-lsp-server))
  (plist-put (cl-call-next-method) :experimental '(:opencode (:input t))))

;; Not waited for: its answer would close a question that comes before it.
(cl-defmethod eglot-execute ((server opencode-lsp-server) action)
  (let ((command (plist-get action :command)))
    (if (not (stringp command))
        (cl-call-next-method)
      (jsonrpc-async-request server :workspace/executeCommand
                             (list :command command :arguments (or (plist-get action :arguments) []))
                             :success-fn #'ignore
                             :error-fn (lambda (problem) (message "opencode: %s" (plist-get problem :message)))))))

(defun opencode-lsp--answer (read)
  "What READ reads; nil if the user gives up, or is busy in the minibuffer."
  (if (active-minibuffer-window)
      (ignore (message "opencode waits for you: M-x opencode-lsp-command RET opencode.permissions"))
    (condition-case nil (funcall read) (quit nil))))

(cl-defmethod eglot-handle-request
  ((_server opencode-lsp-server) (_method (eql opencode/input)) &key title value &allow-other-keys)
  "Ask the user for a line."
  (opencode-lsp--answer (lambda () (read-string (concat title ": ") value))))

(cl-defmethod eglot-handle-request
  ((server opencode-lsp-server) (_method (eql window/showMessageRequest)) &key message actions &allow-other-keys)
  "Ask the user; nothing is filled in, and no answer leaves the request open."
  (let ((titles (mapcar (lambda (action) (plist-get action :title)) actions))
        (prompt (format "%s\n(TAB: answers, RET: later) " message))
        (closed t))
    (unwind-protect
        (prog1 (opencode-lsp--answer (lambda () (opencode-lsp--choose prompt titles)))
          (setq closed nil))
      ;; Something that Eglot waited for has closed the question, and no answer was sent.
      (when closed
        (run-with-timer 0 nil #'eglot-execute server '(:command "opencode.permissions"))))))

(defun opencode-lsp--choose (prompt titles)
  "Let the user choose one of TITLES, or none."
  (let ((answer nil))
    ;; Only a whole answer counts: what is typed may have been meant for the code.
    (while (not (member answer (cons "" titles)))
      (setq answer (completing-read prompt titles)))
    (and (member answer titles) (list :title answer))))

(defun opencode-lsp--follow-disk ()
  "Read a file again that opencode has changed."
  (when (cl-typep (eglot-current-server) 'opencode-lsp-server)
    (auto-revert-mode (if (eglot-managed-p) 1 -1))))

(add-hook 'eglot-managed-mode-hook #'opencode-lsp--follow-disk)

(provide 'opencode-lsp)
;;; opencode-lsp.el ends here
