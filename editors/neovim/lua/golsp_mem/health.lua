local M = {}

-- What :checkhealth golsp_mem runs.
function M.check()
  vim.health.start('golsp-mem')
  if vim.fn.has('nvim-0.11') == 0 then
    vim.health.error('Neovim 0.11 or newer is needed')
    return
  end
  local config = vim.lsp.config.golsp_mem
  local program = config and config.cmd and config.cmd[1] or 'golsp-mem'
  if vim.fn.executable(program) == 0 then
    vim.health.error(program .. ' is not executable', {
      "install it: pip install 'golsp-mem[go]'",
      "or name it: vim.lsp.config('golsp_mem', { cmd = { '/path/to/golsp-mem', 'serve' } })",
    })
    return
  end
  local version = vim.system({ program, '--version' }, { text = true }):wait(20000)
  vim.health.ok(vim.trim(version.stdout or ''))
  local doctor = vim.system({ program, 'doctor' }, { text = true }):wait(60000)
  for line in vim.gsplit(vim.trim((doctor.stdout or '') .. (doctor.stderr or '')), '\n') do
    vim.health.info(line)
  end
  if doctor.code == 0 then
    vim.health.ok('golsp-mem doctor finds nothing wrong')
  else
    vim.health.error('golsp-mem doctor found a problem; see above for the fix')
  end
  local clients = vim.lsp.get_clients({ name = 'golsp_mem' })
  if #clients > 0 then
    vim.health.ok(('attached to %d workspace(s)'):format(#clients))
  else
    vim.health.warn('not attached', { "add vim.lsp.enable('golsp_mem') and open a Go file" })
  end
end

return M
