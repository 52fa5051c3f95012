if vim.g.loaded_golsp_mem then
  return
end
vim.g.loaded_golsp_mem = true

local group = vim.api.nvim_create_augroup('golsp_mem', { clear = true })

-- The commands that only make sense with the server exist in its buffers only.
vim.api.nvim_create_autocmd('LspAttach', {
  group = group,
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'golsp_mem' then
      -- Of a Go file it soon says how it stands, unless analyses wait for a command.
      vim.defer_fn(
        require('golsp_mem.status').started,
        vim.bo[event.buf].filetype == 'go' and 10000 or 0
      )
      require('golsp_mem').attach(event.buf, client)
    end
  end,
})

-- Neovim shows no progress by itself, and a first build can take minutes.
vim.api.nvim_create_autocmd('LspProgress', {
  group = group,
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'golsp_mem' then
      require('golsp_mem.status').progress(event.data.params.value)
    end
  end,
})

-- Neovim says nothing when the program of an enabled server is not there.
vim.api.nvim_create_autocmd('FileType', {
  group = group,
  pattern = 'go',
  callback = function()
    vim.schedule(function()
      if vim.lsp.is_enabled('golsp_mem') then
        require('golsp_mem').tell_missing()
      end
    end)
  end,
})

-- What the server offers to run (a lens, "Explain ...") shows its page here.
vim.lsp.commands['golsp-mem.explain'] = function(command, context)
  require('golsp_mem').run_command(command, context)
end

vim.lsp.commands['golsp-mem.turnOff'] = vim.lsp.commands['golsp-mem.explain']

vim.lsp.handlers['golsp-mem/status'] = function(_, status, context)
  require('golsp_mem.status').receive(status, context)
end

-- A setting that is wrong. What concerns Go comes with the status of the file.
vim.lsp.handlers['golsp-mem/settingsProblem'] = function(_, problem)
  if not vim.endswith(problem.setting, '.goPath') then
    vim.notify(problem.message .. ' See :help golsp_mem-settings', vim.log.levels.WARN)
  end
end

vim.api.nvim_create_user_command('GolspMem', function(arguments)
  require('golsp_mem').command(arguments.fargs)
end, {
  nargs = '*',
  desc = 'golsp-mem: findings, causes, explain, workspace, report, off, on, toggle, restart, health',
  complete = function(lead, line)
    return require('golsp_mem').complete(lead, line)
  end,
})
